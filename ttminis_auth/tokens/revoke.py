"""Revoke a user's tokens with TikTok."""

from __future__ import annotations

import logging
from functools import partial

from allauth.socialaccount.models import SocialApp
from django.views.decorators.debug import sensitive_variables

from ..core import database, upstream
from ..core.client_apps import app_of
from ..core.locks import hold_grants
from ..errors import LoginRefused, TokenUnavailable
from ..models import Grant, Identity
from ..tiktok.secret import Secret
from . import access
from .revoke_later import revocations

logger = logging.getLogger("ttminis_auth")


@sensitive_variables()
def revoke_tokens(identity: Identity) -> bool:
    """Revoke a user's tokens with TikTok, without a signal or a change of rows.

    False where there is nothing to give back. Raises Misconfigured or TikTokNotReached.
    """
    app = app_of(identity)
    if app is None:
        return False
    try:
        token = Secret(access.access_token(identity))
    except TokenUnavailable:
        return False
    upstream.revoke(app, token)
    return True


@sensitive_variables()
def revoke_once_deleted(identity: Identity) -> None:
    """Revoke the tokens of a user who is being deleted, after the commit.

    In another thread, without errors: a deletion neither waits for TikTok nor fails
    because TikTok is away.
    """
    app = app_of(identity)
    # A worker may be renewing the tokens; the ones read before it is done are spent.
    # The deletion has to wait for that worker in any case.
    active = sorted(hold_grants(identity), key=lambda grant: grant.is_fresh)
    if app and active:
        revoke = partial(_revoke_quietly, app, active[-1])
        database.on_commit(partial(revocations.add, revoke), robust=True)


@sensitive_variables()
def _revoke_quietly(app: SocialApp, grant: Grant) -> bool:
    """Revoke what is left of a grant; False where TikTok could not be reached."""
    try:
        token = grant.decrypt_access_token()
        if not grant.is_fresh and (spare := _renewable(grant)):
            renewed = upstream.refresh(app, spare)
            token = renewed.access_token if renewed else None
        if token:
            upstream.revoke(app, token)
    except LoginRefused as refusal:
        logger.warning("A deleted user's tokens were not revoked: %s", refusal.code)
        return False
    return True


def _renewable(grant: Grant) -> Secret | None:
    return grant.decrypt_refresh_token() if grant.is_renewable else None
