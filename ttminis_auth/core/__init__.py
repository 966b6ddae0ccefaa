"""What a person does, one module for each verb; the whole policy is in here.

    login         enter, connect or switch with a code of ``TTMinis.login``
    authorize     upgrade with the profile of a code of ``TTMinis.authorize``
    authenticate  say whom a code belongs to, and touch no session
    web           log in on a web site, through Login Kit's redirect
    profile       fetch a profile, and again when its picture has expired
    linking       what one ``union_id`` on several users means
    merging       make one user out of two
    preview       what a merge would do
    conflicts     settle by hand what linking reported
    moving        link an identity to another user, or to none
    operators     what an operator may not do
    database      where the people are, and what happens there together or not at all
    locks         the one order in which users and accounts are locked
    backfill      learn the ``union_id`` of people who were here before
    policy        whose session may become whose, as a table
    sociallogin   allauth's ``SocialLogin`` that keeps an ``Identity`` and a ``Grant``
    apps          which configured app a ``client_key`` names
    upstream      the pooled way to TikTok
    sessions      which app of TikTok's a session came from
    bulkhead      how many requests may wait for TikTok at a time
    throttle      how many rejected codes an address may send
    addresses     which address a visitor is counted by
    seldom        warnings that would come with each request
    pipeline      the steps of a login that only allauth's internals give
    counts        what happened how often, written when nobody waits
    errors        every way to be refused

Nothing in here returns an ``HttpResponse``: faces translate.
"""
