"""What a person does, one module for each verb; the whole policy is in here.

    login         enter, connect or switch with a code of ``TTMinis.login``
    policy        whose session may become whose, as a table
    sociallogin   allauth's ``SocialLogin`` that keeps an ``Identity`` and a ``Grant``
    apps          which configured app a ``client_key`` names
    upstream      the pooled way to TikTok
    sessions      which app of TikTok's a session came from
    throttle      how many rejected codes an address may send
    pipeline      the steps of a login that only allauth's internals give
    errors        every way to be refused

Nothing in here returns an ``HttpResponse``: faces translate.
"""
