"""Delete what has been kept for long enough."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from ...models import WebhookDelivery
from ...removal import prune
from ..arguments import add_dry_run
from ..base import TTMinisCommand

Result = WebhookDelivery.Result


class Command(TTMinisCommand):
    """For a daily run, by cron or the like."""

    help = (
        "Delete webhook deliveries and dead tokens older than "
        "TTMINIS_WEBHOOK_RETENTION, and erase identities that were removed longer ago "
        "than TTMINIS_REMOVED_RETENTION, and daily counts of more than two years ago."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_dry_run(parser, "only say what would be deleted")

    def handle(self, *args: object, dry_run: bool, **options: object) -> None:
        pruned = prune.Pruned()
        for _ in self.units(prune.steps(pruned, dry_run=dry_run)):
            pass  # each is counted in ``pruned``
        deliveries = pruned.deliveries
        self.stdout.write(
            f"Webhook deliveries: {deliveries.total()}, "
            f"of these {deliveries[Result.FAILED]} failed "
            f"and {deliveries[Result.RECEIVED]} never handled\n"
            f"Dead grants: {pruned.grants}\n"
            f"Removed identities: {pruned.identities}\n"
            f"Daily counts: {pruned.counts}"
        )
        if dry_run:
            self.stdout.write("Nothing was deleted.")
        if pruned.failed:
            raise CommandError(
                f"{pruned.failed} identities were not erased. The log says why."
            )
