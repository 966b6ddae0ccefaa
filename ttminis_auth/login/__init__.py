"""A code of ``TTMinis.login`` or ``TTMinis.authorize`` becomes a session.

In the order of one login: ``process`` picks the operation, ``rate_limit`` refuses an
address with too many rejected codes, ``enter`` exchanges the code, ``policy`` decides
whose session may become whose, ``sociallogin`` stores user, account, identity and
grant, ``allauth_steps`` runs allauth's sign-up and login stages. ``authorize`` adds the
profile, ``authenticate`` serves Django's ``authenticate()``.
"""
