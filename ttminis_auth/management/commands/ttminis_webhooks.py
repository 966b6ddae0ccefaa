"""List the webhooks that wait to be handled, and handle them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import islice

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet

from ...core import counts
from ...core.batches import flat
from ...models import WebhookDelivery
from ...models.webhooks import UNFINISHED
from ...webhooks import handlers
from ..arguments import add_limit, number
from ..base import TTMinisCommand


class Command(TTMinisCommand):
    """Ends with an error while deliveries wait, so that cron sends its mail."""

    help = (
        "List the webhooks whose handling failed, or broke off with the process that "
        "was at it. Ends with status 1 while there are any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "pks", nargs="*", type=number(), metavar="PK", help="only these deliveries"
        )
        parser.add_argument(
            "--run-again",
            action="store_true",
            help="handle them again, receivers of webhook_received included",
        )
        add_limit(parser, "deliveries")

    def only_shows(self, **options: object) -> bool:
        return not options["run_again"]

    def handle(
        self,
        *args: object,
        pks: list[int],
        run_again: bool,
        limit: int | None,
        **options: object,
    ) -> None:
        act = self._run_again if run_again else self._list
        chosen = islice(flat(_chosen(pks)), limit)
        done = Counter(act(delivery) for delivery in self.units(chosen))
        counts.write()
        summary = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        self.stdout.write(f"Done: {summary or 'nothing is waiting'}.")
        if left := sum(done[result] for result in UNFINISHED):
            raise CommandError(f"{left} waiting: the log says why, --run-again tries.")

    def _list(self, delivery: WebhookDelivery) -> str:
        facts = f"{delivery.event}, {delivery.create_time:%Y-%m-%d %H:%M:%S %Z}"
        came_of_it = f"{delivery.result} {delivery.error}".rstrip()
        self.stdout.write(f"Delivery {delivery.pk}: {facts}: {came_of_it}")
        return delivery.result

    def _run_again(self, delivery: WebhookDelivery) -> str:
        handlers.handle(delivery)
        is_there = WebhookDelivery.objects.filter(pk=delivery.pk).exists()
        return self._list(delivery) if is_there else "gone meanwhile"


def _chosen(pks: Collection[int]) -> QuerySet[WebhookDelivery]:
    waiting = handlers.waiting()
    if not pks:
        return waiting
    named = WebhookDelivery.objects.filter(pk__in=pks)
    if unknown := {*pks}.difference(named.values_list("pk", flat=True)):
        listed = ", ".join(map(str, sorted(unknown)))
        raise CommandError(f"There is no delivery {listed}.")
    return waiting.filter(pk__in=pks)
