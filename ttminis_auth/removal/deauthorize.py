"""End an authorization: by TikTok's webhook, or by revoking the tokens.

User and identity are kept. So a user who comes back is the same user, with the same
data.

First the tokens, the identity's state and the Minis sessions end, in one transaction
that runs no code of the project. The project's actions follow, each by itself: a
session store that fails keeps no token alive.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..conf import conf
from ..core import counts, database, session_hash, session_search
from ..core.failures import note_failure
from ..core.locks import held_users, hold_accounts_beside
from ..core.user_columns import deactivate
from ..models import Identity
from ..profile import user_info
from ..signals import authorization_removed
from ..tiktok.types import RemovalReason
from ..tokens.revoke import revoke_tokens

logger = logging.getLogger("ttminis_auth")


class RemovalIncomplete(Exception):
    """The tokens have ended, and something that was to follow has failed.

    Attributes:
        failures: which action, and the class of its error, of each.
    """

    def __init__(self, failures: list[str]) -> None:
        super().__init__("; ".join(failures))
        self.failures = failures


def remove(
    identity: Identity,
    *,
    reason: int,
    at: datetime | None,
    require: Callable[[Identity], object] = bool,
) -> bool:
    """End a user's tokens and mark the identity as removed, as TikTok reported.

    Then follow the actions of ``TTMINIS_REMOVAL_ACTIONS``. A second call does no harm,
    and tries again what failed.

    Arguments:
        reason: TikTok's number for it (webhooks-events), see ``RemovalReason``.
        at: when it happened, in UTC and whole seconds. None is now: then no login has
            come after it, and all that were stored by now end.
        require: is called with the identity as it is once it is held, and raises what
            forbids to go on.

    False, and nothing done, for a user who has authorized the app again since, or is
    not known any more. Raises RemovalIncomplete when the tokens have ended.
    """
    with database.atomic():
        # A login of this person comes before, and is seen by its time, or after, and
        # makes the identity active again.
        account = hold_accounts_beside(identity.account_id)
        if not account or not Identity.objects.filter(pk=identity.pk).exists():
            return False
        identity.account = account
        identity.refresh_from_db(
            fields=["state", "removed_at", "removed_reason", "vouched_at"]
        )
        require(identity)
        if at is None:
            at = timezone.now()
        elif _whole_seconds(identity.authorized_at()) > _whole_seconds(at):
            return False
        is_news = _is_news(identity, reason, at)
        if is_news:
            _end(identity, reason, at)
        is_latest = (identity.removed_at, identity.removed_reason) == (at, reason)
    # Of the latest, what failed is tried again. What is neither was followed before.
    failures = list(_follow_up(identity, reason)) if is_news or is_latest else []
    if is_news:
        # Whatever failed, and whatever a receiver does.
        facts = {"identity": identity, "reason": reason, "at": at}
        send = partial(authorization_removed.send_robust, sender=Identity, **facts)
        database.on_commit(send)
    if failures:
        raise RemovalIncomplete(failures)
    return True


@sensitive_variables()
def revoke(identity: Identity, *, require: Callable[[Identity], object] = bool) -> None:
    """Revoke a user's tokens with TikTok, and treat the identity as removed.

    TikTok takes the app off their list of connected apps, so this is for when they
    leave you and no part of a logout. Tokens that are dead already are no error.
    Raises Misconfigured or TikTokNotReached; nothing has ended then. Raises
    RemovalIncomplete as ``remove`` does.

    Arguments:
        require: as for ``remove``. The tokens may be revoked by then.
    """
    revoke_tokens(identity)
    remove(identity, reason=RemovalReason.DEVELOPER_REVOKED, at=None, require=require)


def _is_news(identity: Identity, reason: int, at: datetime) -> bool:
    """Return whether no removal is noted since then, or one for another reason.

    A user disconnects the app and deletes their TikTok account within a second, or an
    operator revokes the tokens before TikTok's webhook arrives: what the project does
    for the second reason has to happen as well.
    """
    if identity.removed_at is None or identity.removed_at < at:
        return True
    return reason not in (identity.removed_reason, RemovalReason.UNKNOWN)


def _end(identity: Identity, reason: int, at: datetime) -> None:
    if identity.state != Identity.State.REMOVED:
        counting = partial(counts.removed, identity.client_key, reason)
        database.on_commit(counting, robust=True)
    if not _SESSIONS.isdisjoint(_actions_for(reason)):
        session_hash.end(identity.account.user)
    identity.grants.end()
    # Of two reasons, the later one is kept, whichever arrives first.
    if identity.removed_at is None or identity.removed_at <= at:
        identity.mark_removed(reason, at)


def _actions_for(reason: int | None) -> Sequence[str]:
    chosen = conf.TTMINIS_REMOVAL_ACTIONS
    return chosen.get(reason or RemovalReason.UNKNOWN, chosen["default"])


def _follow_up(identity: Identity, reason: int) -> Iterator[str]:
    """Do the actions of the project for this reason, and yield those that failed."""
    for action in _actions_for(reason):
        try:
            if act := _ACTIONS.get(action):
                act(identity)
        except Exception as error:  # noqa: BLE001, it is reported
            name = note_failure(f"After a removal, this failed: {action}", error)
            yield f"{action}: {name}"


def _whole_seconds(moment: datetime) -> datetime:
    # TikTok's times are whole seconds. Within one second it is not known what came
    # first; to end tokens in vain costs a silent login, to keep them breaks a promise.
    return moment.replace(microsecond=0)


def _end_sessions(identity: Identity) -> None:
    if session_search.end(identity.account.user) is None:
        logger.warning(
            "Only sessions of Minis logins have ended: to find others takes "
            "allauth.usersessions, and a SESSION_ENGINE that keeps them on the server"
        )


def _deactivate(identity: Identity) -> None:
    with _still_removed(identity) as now:
        for user in held_users(now.account.user_id if now else None):
            deactivate(user)


def _anonymise(identity: Identity) -> None:
    with _still_removed(identity) as now:
        if now:
            user_info.forget(now)


@contextmanager
def _still_removed(identity: Identity) -> Iterator[Identity | None]:
    """Lock an identity and return it; None if it is active again, or deleted."""
    with database.atomic():
        hold_accounts_beside(identity.account_id)
        removed = Identity.objects.filter(pk=identity.pk, state=Identity.State.REMOVED)
        yield removed.select_related("account__user").first()


_SESSIONS = {"end_minis_sessions", "end_sessions"}

# Those that follow; the sessions of Minis logins have ended with the tokens.
_ACTIONS: Mapping[str, Callable[[Identity], None]] = {
    "end_sessions": _end_sessions,
    "deactivate": _deactivate,
    "anonymise": _anonymise,
}
