"""Log TikTok Minis users in to Django.

A map, in the order worth reading; imports only ever run downwards:

    urls, checks, receivers, templatetags   where Django enters
    admin/                                  where operators do
    views, backends, provider, web/         one face each: translate, decide nothing
    hosted/, bundle/                        pages that TikTok hosts: answers, and files
    webhooks/                               what TikTok tells on its own account
    flows/                                  what a person does, and tokens for life
    identity, models, crypto, conf          what it means, where it is kept, the knobs
    tiktok/                                 what TikTok says; knows no Django

Beside it stand ``simulator/``, a small TikTok that imports nothing from here, and
``testing/``, fixtures over that simulator for your own test suite.
Start with ``login/enter.py``: the whole policy of a login is in it.
"""

__version__ = "0.1.0"
