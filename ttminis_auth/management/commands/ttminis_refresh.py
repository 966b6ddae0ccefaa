"""Renew the tokens that expire soon."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from ...tokens import refresh_all
from ..arguments import at_least_one
from ..display import progress
from ..stopping import stop_event


def _workers(text: str) -> int:
    if at_least_one(text) > refresh_all.MOST_WORKERS:
        raise ArgumentTypeError(f"it must be at most {refresh_all.MOST_WORKERS}")
    return int(text)


class Command(BaseCommand):
    """Renews them, from cron or by hand, on as many machines at once as you like."""

    help = (
        "Renew the TikTok tokens that expire soon. It can be stopped at any time, and "
        "run by several machines at once on one PostgreSQL. The exit code is not 0 "
        "when something was left that should not have been: run it again later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--within",
            type=at_least_one,
            metavar="MINUTES",
            default=int(refresh_all.SOON.total_seconds() // 60),
            help="what expires within so many minutes is due (%(default)s)",
        )
        parser.add_argument(
            "--limit", type=at_least_one, metavar="N", help="stop after N grants"
        )
        parser.add_argument(
            "--workers",
            type=_workers,
            metavar="N",
            default=refresh_all.WORKERS,
            help="connections to TikTok and to the database (%(default)s; SQLite: 1)",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="only say how many are due; TikTok is not called",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        within = timedelta(minutes=options["within"])
        if options["dry_run"]:
            self._count(within)
        else:
            self._refresh(within, options["limit"], options["workers"])

    def _count(self, within: timedelta) -> None:
        by_app = refresh_all.due(within).values_list("identity__client_key")
        counts = dict(by_app.annotate(Count("pk")).order_by("identity__client_key"))
        for client_key, count in counts.items():
            self.stdout.write(f"App {client_key}: {count} due")
        self.stdout.write(f"Done: {sum(counts.values())} to refresh.")

    def _refresh(self, within: timedelta, limit: int | None, workers: int) -> None:
        due = refresh_all.due(within)[:limit]
        with stop_event() as stop, progress(self.stdout, due.count) as show:
            tally = refresh_all.refresh_due(
                within,
                limit=limit,
                workers=workers,
                stop=stop,
                progress=lambda tally: show(tally.settled, str(tally)),
            )
        self.stdout.write(f"Done: {tally}.")
        if not tally.is_clean:
            raise CommandError("Some are left: run it again later.")
