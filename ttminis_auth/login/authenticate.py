"""Return the user of a code, without touching a session."""

from __future__ import annotations

import logging
from copy import copy

from allauth.core.context import request_context
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..core import counts, session_hash
from ..core.client_apps import get_provider
from ..core.users import require_shown
from ..errors import LoginRefused
from ..tiktok.secret import Secret
from . import allauth_steps
from .enter import second_look, verify
from .sociallogin import TTMinisSocialLogin

logger = logging.getLogger("ttminis_auth")


@sensitive_variables()
def authenticate(request: HttpRequest, code: Secret, client_key: str | None) -> User:
    """Return the user of the TikTok account that the one-time ``code`` is for.

    A first login makes the user, with allauth's hooks. Login stages such as a second
    factor are the caller's business, as they are after any ``authenticate``.

    ``request`` may be a bare ``HttpRequest()``, from a shell, a task or an API without
    sessions. It is not changed.

    Raises a LoginRefused. Then no user, account or identity was made, unless a hook of
    the project refused a user who had been made.
    """
    request = _with_session(request)
    with request_context(request):
        try:
            with counts.refusals() as about, allauth_steps.may_refuse(request):
                provider = get_provider(request, client_key)
                about.client_key = provider.app.client_id
                sociallogin = verify(request, provider, code)
                # The caller of authenticate() decides what becomes of the session, as a
                # switch does.
                sociallogin.state["process"] = "switch"
                user = second_look(request, sociallogin, _identify)
        except LoginRefused as refusal:
            logger.info("No user is authenticated: %s", refusal.code)
            raise
        counts.entered(sociallogin)
        return user


def _with_session(request: HttpRequest) -> HttpRequest:
    """Return the request, or a copy with the session and user that allauth asks for."""
    if hasattr(request, "session") and hasattr(request, "user"):
        return request
    # A copy: a later login() into a session that is never saved has to fail.
    request = copy(request)
    # Not "or": since Django 6.1 a session without anything in it is false.
    if getattr(request, "session", None) is None:
        request.session = SessionStore()
    if getattr(request, "user", None) is None:
        request.user = AnonymousUser()
    return request


def _identify(request: HttpRequest, sociallogin: TTMinisSocialLogin) -> User:
    allauth_steps.announce(request, sociallogin)
    if not sociallogin.is_existing:
        allauth_steps.sign_up(request, sociallogin)
    user = sociallogin.user
    require_shown(user)  # also one who was just made
    # In a Minis session of the same user, Django's login() keeps the session if the
    # hashes are equal.
    return session_hash.bind(user) if session_hash.is_bound(request) else user
