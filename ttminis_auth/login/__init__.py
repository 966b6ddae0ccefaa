"""A code of ``TTMinis.login`` or ``TTMinis.authorize`` becomes a session.

``enter`` has the order of one login and calls the others: ``rate_limit`` refuses an
address with too many rejected codes, ``policy`` decides which session may replace
which, ``sociallogin`` stores user, account, identity and grant, ``allauth_steps`` runs
allauth's sign-up and login stages. ``authenticate`` serves Django's ``authenticate()``.
"""
