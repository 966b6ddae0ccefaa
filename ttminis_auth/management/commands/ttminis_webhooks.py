"""List the webhooks that wait to be handled, and handle them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...core import counts
from ...core.batches import one_by_one
from ...models import WebhookDelivery
from ...models.webhooks import UNFINISHED
from ...webhooks import handlers
from ..arguments import at_least_one


class Command(BaseCommand):
    """Ends with an error while deliveries wait, so that cron writes to somebody."""

    help = (
        "List the webhooks whose handling failed, or broke off with the process that "
        "was at it. Ends with status 1 while there are any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "pks", nargs="*", type=int, metavar="PK", help="only these deliveries"
        )
        parser.add_argument(
            "--run-again",
            action="store_true",
            help="handle them again, receivers of webhook_received included",
        )
        parser.add_argument(
            "--limit", type=at_least_one, metavar="N", help="stop after N deliveries"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        act = self._run_again if options["run_again"] else self._list
        done = Counter(act(d) for d in _chosen(options["pks"], options["limit"]))
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
        return self._list(delivery)


def _chosen(pks: Collection[int], limit: int | None) -> Iterator[WebhookDelivery]:
    waiting = handlers.waiting()
    if pks:
        waiting = waiting.filter(pk__in=pks)
    return islice(one_by_one(waiting), limit)
