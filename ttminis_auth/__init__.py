"""Log TikTok Minis users in to Django.

The packages, from the top; imports only ever run downwards:

    apps, urls, provider, backends, receivers, tasks   where Django and allauth come in
    admin/, checks/, management/, templatetags/        edges
    endpoints/, web/, webhooks/                        views: translate, decide nothing
    login/                                             a code becomes a session
    removal/                                           an authorization ends
    profile/                                           name, picture, union_id
    linking/                                           one person, several users
    tokens/                                            a token that works
    page/                                              what a page gets
    core/                                              what more than one job needs
    models/, identity, crypto, signals, conf, errors   what is stored; the settings
    tiktok/                                            what TikTok says; no Django

Beside them, ``export/`` makes the package that TikTok hosts, ``simulator/`` is a small
TikTok that imports nothing from here, and ``testing/`` has fixtures over it for your
own test suite. Start with ``login/enter.py``: the order of a login is in it.
"""

__version__ = "0.1.0"
