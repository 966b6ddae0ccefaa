"""Refresh one token pair under a row lock and commit it before returning.

A refresh token works once (oauth-refresh-a-user-access-token). If two workers sent the
same one, the second answer would end the grant. So a worker locks the row first, and
reads it again under the lock.
The new pair is committed before anything else is done with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Condition, Thread
from time import monotonic, sleep
from typing import TypeVar

from allauth.socialaccount.models import SocialApp
from django.db import IntegrityError, connections
from django.db.models import QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..core import concurrent_calls, database, upstream
from ..core.client_apps import app_of
from ..core.locks import claim, hold_accounts_beside
from ..errors import Misconfigured, TikTokNotReached
from ..models import Grant, Identity
from ..signals import reauthorization_required
from ..tiktok.types import TokenGrant

T = TypeVar("T")

# How long a caller inside a transaction waits for another one to renew.
JOIN_TIMEOUT = 60.0

logger = logging.getLogger("ttminis_auth")

# How often a locked row is asked for, in seconds.
POLL = 0.05

# SQLite has no locks on rows and serves one process: these are the locks there.
_held: set[int] = set()
_one_is_free = Condition()


@contextmanager
def locked(grant: Grant) -> Iterator[Grant | None]:
    """Lock the grant's row, as it is now; None when it is gone.

    Waits for the row as long as a request to TikTok may take, then raises
    TikTokNotReached. A caller takes a place in the bulkhead before it waits. Otherwise
    a visitor who loads a page ten times would hold ten threads, nine of them in this
    queue.

    Raises RuntimeError inside a transaction, see ``apart_from_transaction``.
    """
    rows = Grant.objects.filter(pk=grant.pk).select_related("identity")
    lock = _lock_row if database.has_row_locks() else _lock_in_process
    with concurrent_calls.place(), lock(grant.pk, rows) as found:
        yield found


@sensitive_variables()
def renew(grant: Grant, app: SocialApp | None = None) -> bool:
    """Renew a grant that the caller has locked; False if it cannot be used any more.

    Where rows have no locks, a login or a removal may have been stored while TikTok was
    asked. That stays, and ``grant`` becomes what is stored.

    ``app`` is the grant's app, if the caller knows it already.

    Raises Misconfigured or TikTokNotReached; the grant then stays as it is. If TikTok
    renewed it all the same, the next attempt is refused and ends the grant.
    """
    app = app or app_of(grant.identity)
    if app is None:
        logger.error("The TikTok app %s is not configured", grant.identity.client_key)
        raise Misconfigured
    if not grant.is_renewable:
        return not grant.mark_unusable() and _lives(grant)
    refresh_token = grant.decrypt_refresh_token()
    if refresh_token is None:
        return not _give_up(grant) and _lives(grant)
    token_grant = upstream.refresh(app, refresh_token)
    if token_grant is None:
        return not grant.mark_revoked() and _lives(grant)
    if token_grant.open_id != grant.identity.open_id:
        # The caller would act in the name of another person.
        logger.error("TikTok answered a refresh with a token of another open_id")
        raise TikTokNotReached
    return _store(grant, token_grant) or _lives(grant)


def note_loss(identity: Identity) -> None:
    """Mark the identity as in need of a login when its last grant is revoked."""
    with database.atomic():
        # A grant that comes in right now is either seen here, or marks the identity
        # active after us.
        hold_accounts_beside(identity.account_id)
        now = Identity.objects.filter(pk=identity.pk, state=Identity.State.ACTIVE)
        if now.exists() and _lost_all(identity):
            identity.mark_needs_login()
            database.on_commit(partial(_announce, identity))


def apart_from_transaction(act: Callable[[], T]) -> T:
    """Act, on a connection of its own if the caller is inside a transaction.

    A view under ``ATOMIC_REQUESTS`` may fail after TikTok gave us the new pair. The
    rollback would take that pair away, and the old one is dead by then.
    """
    if not _would_roll_back():
        return act()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(act())
        except BaseException as error:  # noqa: BLE001, it is raised again below
            failure.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=run, daemon=True)
    thread.start()
    # The other one may wait for a lock of the caller's own transaction.
    thread.join(JOIN_TIMEOUT)
    if failure:
        raise failure[0]
    if not outcome:
        raise TikTokNotReached
    return outcome[0]


@contextmanager
def _lock_row(pk: int, rows: QuerySet[Grant]) -> Iterator[Grant | None]:
    give_up_at = monotonic() + upstream.time_limit()
    while True:
        with database.durable():
            # Not a lock that waits: its time limit, and the error when that is over,
            # are other ones in each database.
            found = claim(rows).first()
            if found or not rows.exists():
                yield found
                return
        if monotonic() > give_up_at:
            raise _still_locked()
        sleep(POLL)


@contextmanager
def _lock_in_process(pk: int, rows: QuerySet[Grant]) -> Iterator[Grant | None]:
    with _one_is_free:
        if not _one_is_free.wait_for(lambda: pk not in _held, upstream.time_limit()):
            raise _still_locked()
        _held.add(pk)
    try:
        yield rows.first()
    finally:
        with _one_is_free:
            _held.remove(pk)
            _one_is_free.notify_all()


def _still_locked() -> TikTokNotReached:
    logger.warning("A grant is locked for longer than a renewal takes")
    return TikTokNotReached(retry_after=concurrent_calls.RETRY_AFTER)


def _store(grant: Grant, token_grant: TokenGrant) -> bool:
    """Store what TikTok gave; False where something else was stored meanwhile."""
    scopes = ",".join(token_grant.scopes)
    if scopes in ("", grant.scopes):
        return grant.renew(token_grant)
    # TikTok has changed the scopes, and an identity has one grant for the same scopes.
    same = Grant.objects.filter(identity=grant.identity_id, scopes=scopes)
    try:
        with database.atomic():
            for twin in claim(same.exclude(pk=grant.pk)):
                twin.delete()
            stored = grant.renew(token_grant)
            if not stored:
                database.roll_back()
            return stored
    except IntegrityError:
        # A login is storing a grant of these scopes, or another worker renews it. We
        # hold a row, and may not wait for theirs. Their tokens are as good as ours.
        grant.mark_revoked()
        return False


def _lives(grant: Grant) -> bool:
    """Make the grant what is stored now, and say whether it can be used."""
    now = Grant.objects.select_related("identity").filter(pk=grant.pk).first()
    vars(grant).update(vars(now) if now else {"dead_at": timezone.now()})
    return grant.dead_at is None


def _give_up(grant: Grant) -> bool:
    """Mark a grant as dead whose refresh token no key decrypts; say if it was so.

    Raises Misconfigured for one that ``ttminis_reencrypt`` makes readable.
    """
    if grant.reencrypted("refresh_token"):
        logger.error("Stored tokens cannot be read yet: run ttminis_reencrypt")
        raise Misconfigured
    return grant.mark_unusable()


def _would_roll_back() -> bool:
    if not database.has_row_locks():
        return False  # a second connection would wait for the first one's lock
    try:
        with database.durable():
            return False
    except RuntimeError:
        return True


def _lost_all(identity: Identity) -> bool:
    grants = identity.grants
    return grants.exists() and not grants.active().exists()


def _announce(identity: Identity) -> None:
    reauthorization_required.send_robust(sender=Identity, identity=identity)
