"""Each event is recorded once, and handled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from ..core import database
from ..core.failures import note_failure
from ..core.locks import hold_deliveries
from ..models import Identity, WebhookDelivery
from ..models.webhooks import UNFINISHED, WebhookDeliveryQuerySet
from ..removal import deauthorize
from ..removal.deauthorize import RemovalIncomplete
from ..signals import webhook_received
from ..tiktok.types import WebhookEvent

Result = WebhookDelivery.Result
_Verb = Callable[[WebhookEvent, Identity | None], WebhookDelivery.Result]

# What was received less than this ago is in good hands: some process is at it.
AT_WORK = timedelta(minutes=1)


def receive(event: WebhookEvent) -> WebhookDelivery:
    """Record an event, and handle it unless that was done before.

    TikTok delivers at least once. A repetition does nothing, unless the process that
    took the first one died over it.
    """
    stored = {**asdict(event), "user_openid": event.user_openid or ""}
    delivery, _ = WebhookDelivery.objects.get_or_create(
        digest=stored.pop("digest"), defaults=stored
    )
    if delivery.result == Result.RECEIVED:
        handle(delivery)
    return delivery


def waiting() -> WebhookDeliveryQuerySet:
    """Return what failed, or was left behind by a process that died."""
    at_work = Q(result=Result.RECEIVED, received_at__gt=timezone.now() - AT_WORK)
    return WebhookDelivery.objects.unfinished().exclude(at_work).order_by("pk")


def handle(delivery: WebhookDelivery) -> None:
    """Do what a delivery asks for, unless it is done, or being done, elsewhere.

    First what the package itself does, which does no harm when it is done twice. Only
    if that succeeds the project's receivers are called, by the one of several
    processes that claims the delivery, and once: what they have committed is never done
    again, even if something that they left for after the commit fails.

    ``delivery.result`` then says what came of it. A failure is no exception here: it is
    recorded, logged, and waits to be run again. Raises only where the database does not
    let it be recorded.
    """
    now = timezone.now()
    try:
        if WebhookDelivery.objects.unfinished().filter(pk=delivery.pk).exists():
            _act(delivery, now)
            return
    except Exception as error:  # noqa: BLE001, it is recorded
        _note_failure(delivery, error)
        # Ours if the transaction was committed, and then it stays what it is: an order
        # that is booked must not be booked again. Else it is open to others, who may
        # have handled it since.
        ours = WebhookDelivery.objects.filter(pk=delivery.pk)
        if not ours.filter(handled_at=now).update(error=delivery.error):
            news = {"error": delivery.error, "handled_at": now}
            _update(delivery, UNFINISHED, result=Result.FAILED, **news)
    _look_again(delivery)


def run_again(delivery: WebhookDelivery) -> None:
    """Handle a delivery that failed, was left behind, or had no receiver at the time.

    What was handled once, or came too late, is left alone: a payment would be booked
    twice. ``delivery.result`` says what came of it.
    """
    _update(delivery, [Result.IGNORED], result=Result.RECEIVED)
    handle(delivery)


def run_early(client_key: str, open_id: str) -> None:
    """Handle the events that arrived before the identity was stored.

    Call it after the commit: an event that arrives later finds the identity by itself.
    """
    early = WebhookDelivery.objects.filter(
        client_key=client_key,
        user_openid=open_id,
        event__in=_VERBS,
        result__in=[Result.IGNORED, *UNFINISHED],
    )
    for delivery in early:
        identity = _identity_of(_event_of(delivery))
        # An event that had arrived before TikTok vouched for the user is older than
        # that, even where TikTok's clock gives both the same second.
        if identity and identity.authorized_at() <= delivery.received_at:
            run_again(delivery)


def _claim(delivery: WebhookDelivery, now: datetime) -> bool:
    """Claim a delivery for this transaction; False where another one has it.

    An UPDATE, and the first statement: on PostgreSQL others wait for the row, and on
    SQLite, which cannot lock one, for the file. They find it handled then.
    """
    news = {"result": Result.HANDLED, "error": "", "handled_at": now}
    return bool(_update(delivery, UNFINISHED, **news))


def _update(delivery: WebhookDelivery, results: Sequence[str], **news: object) -> int:
    """Write to a delivery as long as its result is one of these; return how many."""
    this = WebhookDelivery.objects.filter(pk=delivery.pk)
    with database.atomic():
        # MariaDB's UPDATE may lock the entry of an index before the row. An erasure,
        # which has locked the row, and deletes it, would be stuck with that.
        if database.has_row_locks() and not database.can_lock_one_table():
            hold_deliveries(this)
        return this.filter(result__in=results).update(**news)


def _look_again(delivery: WebhookDelivery) -> None:
    """Read what is stored; an erasure of the user may have deleted it meanwhile."""
    for now in WebhookDelivery.objects.filter(pk=delivery.pk):
        vars(delivery).update(vars(now))


def _act(delivery: WebhookDelivery, now: datetime) -> None:
    event = _event_of(delivery)
    identity = _identity_of(event)
    result = _VERBS.get(event.event, _leave_to_receivers)(event, identity)
    with database.atomic():
        if not _claim(delivery, now):
            _look_again(delivery)
            return
        delivery.result, delivery.error, delivery.handled_at = result, "", now
        _tell(delivery, event, identity)
        # A receiver that erases the user deletes the delivery as well.
        if WebhookDelivery.objects.filter(pk=delivery.pk).exists():
            delivery.save(update_fields=["result", "error"])


def _tell(
    delivery: WebhookDelivery, event: WebhookEvent, identity: Identity | None
) -> None:
    """Send the project's signal; undo what all receivers did if one of them fails."""
    try:
        with database.atomic():
            webhook_received.send(
                sender=WebhookDelivery,
                event=event,
                identity=identity,
                delivery=delivery,
            )
    except Exception as error:  # noqa: BLE001, it is recorded
        _note_failure(delivery, error)


def _note_failure(delivery: WebhookDelivery, error: Exception) -> None:
    """Record what went wrong; where, and not in which words, goes into the log."""
    name = note_failure(f"Webhook delivery {delivery.pk}", error)
    what = str(error) if isinstance(error, RemovalIncomplete) else name
    delivery.result, delivery.error = Result.FAILED, what[:200]


def _event_of(delivery: WebhookDelivery) -> WebhookEvent:
    stored = {f.name: getattr(delivery, f.name) for f in fields(WebhookEvent)}
    return WebhookEvent(**stored | {"user_openid": delivery.user_openid or None})


def _identity_of(event: WebhookEvent) -> Identity | None:
    if event.user_openid is None:
        return None
    known = Identity.objects.with_user().filter(client_key=event.client_key)
    return known.filter(open_id=event.user_openid).first()


def _remove(event: WebhookEvent, identity: Identity | None) -> WebhookDelivery.Result:
    if identity is None:
        return Result.IGNORED
    reason, at = event.removal_reason, event.create_time
    done = deauthorize.remove(identity, reason=reason, at=at)
    return Result.HANDLED if done else Result.OUTDATED


def _leave_to_receivers(
    event: WebhookEvent, identity: Identity | None
) -> WebhookDelivery.Result:
    heard = webhook_received.has_listeners(WebhookDelivery)
    return Result.HANDLED if heard else Result.IGNORED


_VERBS: Mapping[str, _Verb] = {"authorization.removed": _remove}
