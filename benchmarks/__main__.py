"""Measure, print the table, and with ``--check`` fail when a count is over budget."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.core.management import call_command
from django.db import connections

from .tiktok import TikTok

# In the order of the tables.
COUNTED = ("SQL statements", "requests", "new connections")
LOGIN_BUDGET = (8, 1, 0)
# A login, the profile, and a second look at the user: while TikTok told the profile, an
# operator may have banned them.
CONSENT_BUDGET = (12, 2, 0)
# Without BEGIN and COMMIT.
REFRESH_BUDGET = 4


def main() -> int:
    if sys.argv[1:2] == ["stampede"]:
        from . import stampede

        return stampede.main(sys.argv[2:])
    options = _options()
    with TemporaryDirectory() as directory, TikTok() as tiktok:
        _set_up(Path(directory) / "benchmarks.sqlite3", tiktok.url)
        try:
            over = _measure_logins(options, tiktok)
            over += _measure_refreshes(options, tiktok, Path(directory))
            if options.full:
                _measure_admin(Path(directory))
        finally:
            connections.close_all()
    if not options.check:
        return 0
    print(*over, sep="\n", end="\n" * bool(over), file=sys.stderr)
    return 1 if over else 0


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few logins, seconds")
    parser.add_argument("--full", action="store_true", help="a million rows, too")
    parser.add_argument("--check", action="store_true", help="judge the counts")
    parser.add_argument("--statements", action="store_true", help="show the SQL")
    return parser.parse_args()


def _set_up(database: Path, url: str) -> None:
    os.environ |= {
        # Whoever calls may have a project of their own in the environment.
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "BENCHMARKS_DATABASE": str(database),
        "BENCHMARKS_TIKTOK": url,
    }
    django.setup()
    call_command("migrate", verbosity=0)


def _measure_logins(options: Namespace, tiktok: TikTok) -> list[str]:
    """Print the tables, and return which counts are over budget."""
    # These read the settings, which are complete only now.
    from . import counting, measure, report
    from .logins import CONSENT, OURS

    effort = measure.QUICK if options.quick else measure.FULL
    benchmark = measure.Benchmark(tiktok, effort, _progress())
    benchmark.run()
    print(report.report(benchmark.costs))
    print("\n" + counting.sentence())
    if options.statements:
        print("\n" + report.statements(benchmark.costs))
    consent = measure.last_request(benchmark.costs[CONSENT.name])
    return [
        *_over("login", report.figures(benchmark.costs[OURS.name]), LOGIN_BUDGET),
        *_over("consent", report.figures(consent), CONSENT_BUDGET),
    ]


def _measure_refreshes(
    options: Namespace, tiktok: TikTok, directory: Path
) -> list[str]:
    from . import refreshes, report

    effort = refreshes.FULL if options.full else refreshes.USUAL
    with refreshes.database(directory) as environ:
        benchmark = refreshes.Refreshes(
            tiktok,
            refreshes.QUICK if options.quick else effort,
            _progress(),
            environ,
        )
        benchmark.run()
    print("\n" + report.refreshing(benchmark.figures))
    if options.statements:
        print("refresh", *benchmark.figures.statements, sep="\n  ")
    count = len(benchmark.figures.statements)
    return _over("refresh", (count,), (REFRESH_BUDGET,))


def _measure_admin(directory: Path) -> None:
    from . import admin, refreshes, report

    with refreshes.database(directory) as environ:
        # SQLite would be measured for nobody: it is not where a million people are.
        if "BENCHMARKS_POSTGRES" not in environ:
            return
        _progress()("a million people in the admin")
        print("\n" + report.pages(admin.measure(environ)))


def _over(what: str, found: tuple[float, ...], budgets: tuple[int, ...]) -> list[str]:
    return [
        f"{what}: {count:.0f} {name}, budget {budget}"
        for name, count, budget in zip(COUNTED, found, budgets, strict=False)
        if count > budget
    ]


def _progress() -> Callable[[str], None]:
    if not sys.stderr.isatty():
        return lambda text: None
    return lambda text: print(f"\r\033[K{text}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
