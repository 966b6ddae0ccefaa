"""Delete rows that are older than the settings keep them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from ..conf import conf
from ..core import database, session_search
from ..core.batches import batches
from ..core.counts import today
from ..core.failures import note_failure
from ..core.locks import claim
from ..models import DailyCount, Grant, Identity, WebhookDelivery
from ..models.identity import IdentityQuerySet
from ..tiktok.signature import MAX_SKEW
from . import admin_log, erasure

Row = TypeVar("Row", bound=Model)

# The overview shows twelve weeks. A year can be compared with the one before by hand.
COUNTS_KEPT = timedelta(days=2 * 366)


@dataclass(kw_only=True, slots=True)
class Pruned:
    """What was deleted, or would be.

    Attributes:
        deliveries: how many webhook deliveries, by their ``WebhookDelivery.Result``.
        grants: how many pairs of tokens, all expired or revoked.
        identities: how many that were removed long ago.
        counts: how many rows of ``DailyCount``.
        failed: how many identities could not be erased, see the log.
    """

    deliveries: Counter[str] = field(default_factory=Counter)
    grants: int = 0
    identities: int = 0
    counts: int = 0
    failed: int = 0


def prune() -> Pruned:
    """Delete what the settings keep no longer, some hundred rows at a time.

    Webhook deliveries and revoked grants go after ``TTMINIS_WEBHOOK_RETENTION``.
    Removed identities are erased after ``TTMINIS_REMOVED_RETENTION``, without a call of
    TikTok.
    Their Minis sessions do not count any more; those that can be found are deleted.
    Daily counts go after two years. What cannot be erased is logged, and left to the
    next run.
    """
    pruned = Pruned()
    for _ in steps(pruned):
        pass
    return pruned


def steps(pruned: Pruned, *, dry_run: bool = False) -> Iterator[None]:
    """Do the same step by step, and count in ``pruned`` what is gone.

    Each step is a transaction of its own: the run may be stopped between any two.
    """
    for deliveries in _delete(_old_deliveries(), dry_run=dry_run):
        pruned.deliveries.update(delivery.result for delivery in deliveries)
        yield
    for grants in _delete(_old_grants(), dry_run=dry_run):
        pruned.grants += len(grants)
        yield
    for identities in batches(_removed().with_user()):
        if not dry_run:
            _delete_sessions(identities)
            # One search for all of them: in the history of a large site it takes a
            # while.
            admin_log.scrub(*identities)
        for identity in identities:
            try:
                pruned.identities += dry_run or _erase(identity)
            except Exception as error:  # noqa: BLE001, of a project's receiver
                note_failure(f"Identity {identity.pk} was not erased", error)
                pruned.failed += 1
            yield
    for counts in _delete(_old_counts(), dry_run=dry_run):
        pruned.counts += len(counts)
        yield


def _old_deliveries() -> QuerySet[WebhookDelivery]:
    # A replay is known by the row of the first delivery. As long as the signature is
    # good, that row must not be forgotten, whatever the retention says.
    replayable = conf.TTMINIS_WEBHOOK_TOLERANCE + MAX_SKEW
    keep = max(conf.TTMINIS_WEBHOOK_RETENTION, replayable)
    old = WebhookDelivery.objects.filter(received_at__lt=timezone.now() - keep)
    return old.only("result")


def _old_grants() -> QuerySet[Grant]:
    cutoff = timezone.now() - conf.TTMINIS_WEBHOOK_RETENTION
    return Grant.objects.filter(dead_at__lt=cutoff).only("pk")


def _old_counts() -> QuerySet[DailyCount]:
    return DailyCount.objects.filter(day__lt=today() - COUNTS_KEPT).only("pk")


def _removed() -> IdentityQuerySet:
    if (keep := conf.TTMINIS_REMOVED_RETENTION) is None:
        return Identity.objects.none()
    removed = Identity.objects.filter(state=Identity.State.REMOVED)
    return removed.filter(removed_at__lt=timezone.now() - keep)


def _delete(rows: QuerySet[Row], *, dry_run: bool) -> Iterator[list[Row]]:
    """Delete the rows, and yield each batch of them once it is gone."""
    for batch in batches(rows):
        yield batch if dry_run else _delete_batch(rows, batch)


def _delete_batch(rows: QuerySet[Row], batch: list[Row]) -> list[Row]:
    # A locked row is in use: a login stores new tokens in a revoked grant, an operator
    # runs a failed delivery once more. Such a row stays.
    still_due = rows.filter(pk__in=[row.pk for row in batch])
    with database.atomic():
        ours = list(claim(still_due))
        rows.model._default_manager.filter(pk__in=[row.pk for row in ours]).delete()
    return ours


def _delete_sessions(identities: list[Identity]) -> None:
    # Before the rows that name their user. allauth notes the open_id in a session.
    users = [identity.account.user for identity in identities]
    session_search.delete(session_search.find(*users, minis_only=True) or ())


def _erase(identity: Identity) -> bool:
    with database.atomic():
        # They may have come back since we looked: a login holds this lock first, and
        # makes the identity active, or finds that it is gone and begins anew.
        now = erasure.locked(identity)
        if now is None or not _removed().filter(pk=now.pk).exists():
            return False
        erasure.erase_rows(now, is_scrubbed=True)
    return True
