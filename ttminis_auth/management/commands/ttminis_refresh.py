"""Renew the tokens that expire soon."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from ...tokens import refresh_all
from ..arguments import add_dry_run, add_limit, number
from ..base import TTMinisCommand
from ..display import progress

# A year. Tokens that live longer than that are known from nowhere.
MOST_MINUTES = 366 * 24 * 60


class Command(TTMinisCommand):
    """Renews them, from cron or by hand, on as many machines at once as you like."""

    help = (
        "Renew the TikTok tokens that expire soon. It can be stopped at any time, and "
        "run by several machines at once on one PostgreSQL. The exit code is not 0 "
        "when something was left that should not have been: run it again later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--within",
            type=number(MOST_MINUTES),
            metavar="MINUTES",
            default=int(refresh_all.SOON.total_seconds() // 60),
            help="what expires within so many minutes is due (%(default)s)",
        )
        add_limit(parser, "grants")
        parser.add_argument(
            "--workers",
            type=number(refresh_all.MOST_WORKERS),
            metavar="N",
            default=refresh_all.WORKERS,
            help="connections to TikTok and to the database (%(default)s; SQLite: 1)",
        )
        add_dry_run(parser, "only say how many are due; TikTok is not called")

    def handle(
        self,
        *args: object,
        within: int,
        limit: int | None,
        workers: int,
        dry_run: bool,
        **options: object,
    ) -> None:
        if dry_run:
            self._count(timedelta(minutes=within), limit)
        else:
            self._refresh(timedelta(minutes=within), limit, workers)

    def _count(self, within: timedelta, limit: int | None) -> None:
        by_app = refresh_all.due(within).values_list("identity__client_key")
        if limit is None:
            counted = Counter(dict(by_app.annotate(Count("pk"))))
        else:
            first = by_app.order_by("access_expires_at", "pk")[:limit]
            counted = Counter(client_key for (client_key,) in first)
        for client_key, count in sorted(counted.items()):
            self.stdout.write(f"App {client_key}: {count} due")
        self.stdout.write(f"Done: {counted.total()} to refresh.")

    def _refresh(self, within: timedelta, limit: int | None, workers: int) -> None:
        due = refresh_all.due(within)[:limit]
        with self.unit() as stop, progress(self.stdout, due.count) as show:
            report = refresh_all.refresh_due(
                within,
                limit=limit,
                workers=workers,
                stop=stop,
                progress=lambda report: show(report.settled, str(report)),
            )
        self.stdout.write(f"Done: {report}.")
        if not report.is_clean:
            raise CommandError("Some are left: run it again later.")
