"""An authorization ends: TikTok tells us, or we give it back.

Whoever is removed stays who they are: user and identity are kept, so that the same
person finds their things again if they come back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..conf import conf
from ..models import Grant, Identity
from ..signals import authorization_removed
from ..tiktok.secret import Secret
from ..tiktok.types import RemovalReason
from . import counts, database, profile, session_hash, session_search, tokens, upstream
from .apps import app_of
from .errors import LoginRefused, TokenUnavailable
from .revocations import revocations

logger = logging.getLogger("ttminis_auth")


def remove(
    identity: Identity,
    *,
    reason: int,
    at: datetime,
    require: Callable[[Identity], object] = bool,
) -> bool:
    """End a person's tokens and mark them as removed, as TikTok told us.

    What else happens is ``TTMINIS_REMOVAL_ACTIONS``. To be told twice does no harm.

    Arguments:
        reason: TikTok's number for it (webhooks-events), see ``RemovalReason``.
        at: when it happened, in UTC and whole seconds.
        require: is called with the identity as it is once it is held, and raises what
            forbids to go on.

    False, and nothing done, for somebody who has authorized the app again since.
    """
    with database.atomic():
        # The row that a login of this person locks first: it comes before, and is
        # seen by its time, or after, and makes the identity active again.
        accounts = SocialAccount.objects.select_for_update()
        identity.account = accounts.select_related("user").get(pk=identity.account_id)
        identity.refresh_from_db(fields=["state", "removed_at", "vouched_at"])
        require(identity)
        if _whole_seconds(identity.authorized_at()) > _whole_seconds(at):
            return False
        if identity.removed_at is None or identity.removed_at < at:
            _end(identity, reason, at)
    return True


@sensitive_variables()
def revoke(identity: Identity, *, require: Callable[[Identity], object] = bool) -> None:
    """Give a person's tokens back to TikTok, and treat them as removed.

    TikTok takes the app off their list of connected apps, so this is for when they
    leave you and no part of a logout. Tokens that are dead already are no error.
    Raises Misconfigured or TikTokNotReached; nothing has ended then.

    Arguments:
        require: as for ``remove``. TikTok may have been told by then.
    """
    give_back(identity)
    reason, now = RemovalReason.DEVELOPER_REVOKED, timezone.now()
    remove(identity, reason=reason, at=now, require=require)


@sensitive_variables()
def give_back(identity: Identity) -> bool:
    """Tell TikTok, and nobody else, that a person's tokens are given up.

    False where there is nothing to give back. Raises Misconfigured or TikTokNotReached.
    """
    app = app_of(identity)
    if app is None:
        return False
    try:
        token = Secret(tokens.access_token(identity))
    except TokenUnavailable:
        return False
    upstream.revoke(app, token)
    return True


@sensitive_variables()
def revoke_once_deleted(identity: Identity) -> None:
    """Give the tokens of somebody who is being deleted back after the commit.

    Quietly, and by another thread: nobody's farewell waits for TikTok, or fails because
    TikTok is away.
    """
    app = app_of(identity)
    living = sorted(identity.grants.living(), key=lambda grant: grant.is_fresh)
    if app and living:
        revoke = partial(_revoke_quietly, app, living[-1])
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


def _end(identity: Identity, reason: int, at: datetime) -> None:
    if identity.state != Identity.State.REMOVED:
        counting = partial(counts.removed, identity.client_key, reason)
        database.on_commit(counting, robust=True)
    identity.grants.end()
    identity.mark_removed(reason, at)
    chosen = conf.TTMINIS_REMOVAL_ACTIONS
    for action in chosen.get(reason, chosen["default"]):
        _ACTIONS[action](identity)
    # After the commit, and whatever a receiver does: no bug of a project's keeps the
    # tokens of somebody who removed the app alive.
    facts = {"identity": identity, "reason": reason, "at": at}
    tell = partial(authorization_removed.send_robust, sender=Identity, **facts)
    database.on_commit(tell)


def _whole_seconds(moment: datetime) -> datetime:
    # TikTok's clock ticks in seconds. Within the same one nobody can say what came
    # first; to end tokens in vain costs a silent login, to keep them breaks a promise.
    return moment.replace(microsecond=0)


def _end_minis_sessions(identity: Identity) -> None:
    session_hash.end(identity.account.user)


def _end_sessions(identity: Identity) -> None:
    session_search.end(identity.account.user)


def _deactivate(identity: Identity) -> None:
    user = identity.account.user
    user.is_active = False
    user.save(update_fields=["is_active"])


_ACTIONS: Mapping[str, Callable[[Identity], None]] = {
    "end_minis_sessions": _end_minis_sessions,
    "end_sessions": _end_sessions,
    "deactivate": _deactivate,
    "anonymise": profile.forget,
}
