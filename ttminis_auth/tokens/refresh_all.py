"""Refresh all grants that expire soon, with any number of workers and machines.

Each grant is a transaction of its own: lock the next row that is free, ask TikTok,
save, commit. So a run may be killed at any moment. It loses at most the grants in hand,
and the next run goes on from there. No list of the grants is kept in memory: there may
be ten million.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event, Lock
from typing import TypeAlias

from allauth.socialaccount.models import SocialApp
from django.db import connections
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ..conf import conf
from ..core import concurrent_calls, counts, database
from ..core.client_apps import app_of
from ..core.locks import claim_first
from ..core.upstream import KEPT_CONNECTIONS
from ..errors import Misconfigured, TikTokNotReached
from ..models import Grant, Identity
from ..tiktok.errors import RateLimited, TikTokUnavailable
from . import refresh_grant
from .backoff import Backoff
from .refresh_report import End, RefreshReport

SOON = timedelta(minutes=15)
WORKERS = 8
# With more, each request would open a new connection to TikTok.
MOST_WORKERS = KEPT_CONNECTIONS

logger = logging.getLogger("ttminis_auth")


Progress: TypeAlias = Callable[[RefreshReport], None]
_Outcome: TypeAlias = bool | Misconfigured | TikTokNotReached


def due(within: timedelta = SOON) -> QuerySet[Grant]:
    """Return the grants to renew: alive, with a refresh token, and soon to expire.

    ``within`` counts from now; what has expired already is due as well. A grant for
    which TikTok named no lifetime is renewed when a caller asks for it. So is that of a
    user whose last login is longer ago than ``TTMINIS_REFRESH_AFTER_LOGIN``.
    """
    now = timezone.now()
    # Where tokens live no longer than ``within``, new ones are due at once. What is
    # younger than the run is none of its business, or it would go on for ever.
    grants = Grant.objects.active().filter(issued_at__lt=now)
    soon = now + within
    grants = grants.filter(access_expires_at__lte=soon, refresh_token__isnull=False)
    if (keep := conf.TTMINIS_REFRESH_AFTER_LOGIN) is None:
        return grants
    # The index leads past the grants of users who left long ago: what expired before
    # this was not renewed for as long, and no caller has asked for it.
    grants = grants.filter(access_expires_at__gt=now - keep)
    # Asked apart: where no lock can be on one table alone, that of the accounts would
    # be held as well, and a login takes the account first and the grant then.
    here = Identity.objects.filter(vouched_at__gt=now - keep)
    return grants.filter(Exists(here.filter(pk=OuterRef("identity"))))


def refresh_due(
    within: timedelta = SOON,
    *,
    limit: int | None = None,
    workers: int = WORKERS,
    stop: Event | None = None,
    progress: Progress | None = None,
) -> RefreshReport:
    """Renew every grant that expires ``within`` this time, and say what came of it.

    Any number of processes on any number of machines may do so at once: each grant is
    claimed by one of them. While TikTok is out of reach or asks for fewer calls, all
    workers of the run wait; it ends when that takes too long, about a minute.

    Arguments:
        limit: try at most so many grants; None tries all.
        workers: threads, each with a database connection of its own, at most 32. A
            single one works in the calling thread; so it does on SQLite in any case.
        stop: once this is set, workers finish the grant in hand and the run ends.
        progress: is called after each grant, by one worker at a time.

    Raises RuntimeError inside a transaction: each grant has to be committed at once.
    """
    run = _Run(due(within), limit, stop or Event(), progress)
    settled = -1
    # Another pass finds rows that a killed worker had locked, and tries failed ones
    # again. A pass that changes nothing is the last.
    while run.goes_on and run.report.settled > settled and run.rows.exists():
        settled = run.report.settled
        run.begin_pass()
        _sweep(run, min(workers, MOST_WORKERS) if database.has_row_locks() else 1)
    counts.snapshot_if_older()  # for the overview in the admin
    return replace(run.report, end=run.end)


def _sweep(run: _Run, workers: int) -> None:
    if workers == 1:
        run.sweep()
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="ttminis") as pool:
        try:
            sweeps = [pool.submit(_sweep_apart, run) for _ in range(workers)]
            wait(sweeps)
        except BaseException:
            # Ctrl-C, which does not set ``stop``: the pool waits for all threads.
            run.stop.set()
            raise
    for sweep in sweeps:
        sweep.result()


def _sweep_apart(run: _Run) -> None:
    try:
        run.sweep()
    finally:
        connections.close_all()


class _Run:
    """What the workers of one run share."""

    def __init__(
        self,
        rows: QuerySet[Grant],
        limit: int | None,
        stop: Event,
        progress: Progress | None,
    ) -> None:
        ordered = rows.order_by("access_expires_at", "pk")
        self._rows = ordered.select_related("identity")
        self._left = limit
        self._progress = progress
        self._backoff = Backoff(stop)
        self._lock = Lock()
        self._apps: dict[str, SocialApp | None] = {}
        self.stop = stop
        self.report = RefreshReport()

    @property
    def rows(self) -> QuerySet[Grant]:
        """What is due, without the apps that were refused."""
        return self._rows.exclude(identity__client_key__in=self.report.refused_apps)

    @property
    def end(self) -> End:
        if self.stop.is_set():
            return End.INTERRUPTED
        if self._backoff.has_given_up:
            return End.OUTAGE
        return End.LIMIT if self._left == 0 else End.DONE

    @property
    def goes_on(self) -> bool:
        return self.end is End.DONE

    def begin_pass(self) -> None:
        # What failed before is about to be tried again, and counted anew.
        self.report = replace(self.report, failed=0)

    def sweep(self) -> None:
        """Renew all that is due and free, in the order of expiry."""
        rows: QuerySet[Grant] | None = self.rows
        with concurrent_calls.unlimited():
            while rows is not None:
                with self._backoff.turn() as turn:
                    rows = self._step(rows, turn)

    def _step(self, rows: QuerySet[Grant], turn: int) -> QuerySet[Grant] | None:
        """Renew the first that is free, and return what comes after it, if anything."""
        if not self._may_try():
            return None
        with _claimed(rows) as grant:
            if grant is None:
                self._give_back()
                return None
            rest = _beyond(grant)
            outcome = self._attempt(grant)
        self._note(grant, outcome, turn)
        return self.rows.filter(rest)

    def _attempt(self, grant: Grant) -> _Outcome:
        key = grant.identity.client_key
        try:
            if key not in self._apps:
                # Once for each run, and not for each of a million grants.
                self._apps[key] = app_of(grant.identity)
            return refresh_grant.renew(grant, self._apps[key])
        except (Misconfigured, TikTokNotReached) as failure:
            return failure

    def _may_try(self) -> bool:
        with self._lock:
            if not self.goes_on:
                return False
            if self._left is not None:
                self._left -= 1
            return True

    def _give_back(self) -> None:
        with self._lock:
            if self._left is not None:
                self._left += 1

    def _note(self, grant: Grant, outcome: _Outcome, turn: int) -> None:
        if isinstance(outcome, TikTokNotReached):
            self._note_failure(outcome, turn)
            return
        self._backoff.note_answer(turn)
        if isinstance(outcome, Misconfigured):
            self._refuse(grant.identity.client_key)
        elif outcome:
            self._count(refreshed=1)
        else:
            # Not while the grant was held: a login takes the account first and its
            # grants then, and the two would wait for each other.
            refresh_grant.note_loss(grant.identity)
            self._count(dead=1)

    def _note_failure(self, failure: TikTokNotReached, turn: int) -> None:
        # A refusal of this one grant is no reason to keep the others waiting.
        if isinstance(failure.__cause__, (RateLimited, TikTokUnavailable)):
            self._backoff.note_failure(turn, failure.retry_after)
        else:
            self._backoff.note_answer(turn)
        self._count(failed=1)

    def _refuse(self, client_key: str) -> None:
        with self._lock:
            refused = {*self.report.refused_apps, client_key}
            self.report = replace(self.report, refused_apps=tuple(sorted(refused)))

    def _count(self, *, refreshed: int = 0, dead: int = 0, failed: int = 0) -> None:
        with self._lock:
            self.report = replace(
                self.report,
                refreshed=self.report.refreshed + refreshed,
                dead=self.report.dead + dead,
                failed=self.report.failed + failed,
            )
            if self._progress:
                self._progress(self.report)


@contextmanager
def _claimed(rows: QuerySet[Grant]) -> Iterator[Grant | None]:
    """Lock the first row that no other transaction has locked, or give None."""
    with ExitStack() as held:
        if database.has_row_locks():
            held.enter_context(database.durable())
            yield claim_first(rows)
        else:
            first = rows.first()
            try:
                found = first and held.enter_context(refresh_grant.locked(first))
            except TikTokNotReached:
                found = None  # a visitor's request holds it; the next run finds it
            yield found


def _beyond(grant: Grant) -> Q:
    """Select what comes after this grant, as it is now, in the order of expiry."""
    at = grant.access_expires_at
    # The first part says nothing new, but it is the one that an index can use.
    return Q(access_expires_at__gte=at) & (
        Q(access_expires_at__gt=at) | Q(access_expires_at=at, pk__gt=grant.pk)
    )
