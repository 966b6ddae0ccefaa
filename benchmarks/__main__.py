"""Measure, print the table, and with ``--check`` fail when a count is over budget."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import django
from django.core.management import call_command
from django.db import connections

from .tiktok import TikTok

if TYPE_CHECKING:  # it reads the settings, which are complete only later
    from .measure import Effort

LOGIN_BUDGET = {"statements": 7, "requests": 1, "connections": 0}
# What no machine changes; of the times, the docs tell how far they are from the goals.
BUDGETS = {
    "ttminis_auth": LOGIN_BUDGET,
    "ttminis_auth, an hour later": {**LOGIN_BUDGET, "statements": 8},
    "ttminis_auth, first login": {**LOGIN_BUDGET, "statements": 14},
    "ttminis_auth, same session": {**LOGIN_BUDGET, "statements": 5},
    # A login, the profile, and a second look at the user: while TikTok sent the
    # profile, an operator may have banned them.
    "TTMinis.authorize": {**LOGIN_BUDGET, "statements": 12, "requests": 2},
}
# Without BEGIN and COMMIT.
REFRESH_BUDGET = 4


def main() -> int:
    if sys.argv[1:2] == ["stampede"]:
        from .stampede import crowd

        return crowd.main(sys.argv[2:])
    options = _options()
    with TemporaryDirectory() as directory, TikTok(Path(directory)) as tiktok:
        _set_up(Path(directory) / "benchmarks.sqlite3", tiktok.url)
        try:
            over = _measure_logins(options, tiktok, Path(directory))
            if options.quick or options.full:
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
    parser.add_argument("--full", action="store_true", help="at length, large tables")
    parser.add_argument("--check", action="store_true", help="judge the counts")
    parser.add_argument("--statements", action="store_true", help="show the SQL")
    parser.add_argument("--out", type=Path, help="write OUT.json, .svg, .inc")
    return parser.parse_args()


def _set_up(database: Path, url: str) -> None:
    os.environ |= {
        # The environment may name another Django project.
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "BENCHMARKS_DATABASE": str(database),
        "BENCHMARKS_TIKTOK": url,
    }
    django.setup()
    call_command("migrate", verbosity=0)


def _measure_logins(options: Namespace, tiktok: TikTok, directory: Path) -> list[str]:
    """Print the tables, write the files, and return which counts are over budget."""
    # These read the settings, which are complete only now.
    from . import counting, measure, report

    effort = measure.FULL if options.full else measure.USUAL
    effort = measure.QUICK if options.quick else effort
    benchmark = measure.Benchmark(tiktok, effort, _progress())
    benchmark.run()
    rows = {name: costs.row() for name, costs in benchmark.costs.items()}
    found: dict[str, Any] = {"machine": report.machine(), "logins": rows}
    _write(options.out, found)
    found |= _measure_processes(effort, tiktok, directory)
    _write(options.out, found)
    print(report.report(found))
    print("\n" + counting.sentence())
    if options.statements:
        print("\n" + report.statements(benchmark.costs))
    return [line for name in BUDGETS for line in _over(name, rows[name])]


def _write(out: Path | None, found: dict[str, Any]) -> None:
    """Write the figures, the picture, and the tables that the docs include."""
    from . import picture, report

    if out is None:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
    out.with_suffix(".svg").write_text(picture.draw(found))
    out.with_suffix(".inc").write_text(report.report(found) + "\n")


def _measure_processes(
    effort: Effort, tiktok: TikTok, directory: Path
) -> dict[str, Any]:
    """Measure what needs processes of its own: servers, other settings, the start."""
    from . import refreshes, starts, throughput, variants

    progress, found = _progress(), {}
    progress("servers")
    with refreshes.database(directory) as environ:
        # SQLite is for one process.
        if "BENCHMARKS_POSTGRES" in environ:
            environ = throughput.environ_of(environ)
            found["servers"] = throughput.run(tiktok, environ, *effort.server_rounds)
    found["variants"] = {}
    for variant in effort.variants:
        progress(variant.name)
        figures = variants.run(tiktok, variant, effort.variant_logins)
        found["variants"][variant.name] = figures
    progress("starts")
    found["start"] = starts.run(effort.starts)
    progress("")
    return found


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
    if count <= REFRESH_BUDGET:
        return []
    return [f"refresh: {count} statements, budget {REFRESH_BUDGET}"]


def _measure_admin(directory: Path) -> None:
    from . import admin, refreshes, report

    with refreshes.database(directory) as environ:
        # Skip SQLite: no site has a million users on it.
        if "BENCHMARKS_POSTGRES" not in environ:
            return
        _progress()("a million users in the admin")
        print("\n" + report.pages(admin.measure(environ)))


def _over(what: str, row: dict[str, float]) -> list[str]:
    return [
        f"{what}: {row[name]:.0f} {name}, budget {budget}"
        for name, budget in BUDGETS[what].items()
        if row[name] > budget
    ]


def _progress() -> Callable[[str], None]:
    if not sys.stderr.isatty():
        return lambda text: None
    return lambda text: print(f"\r\033[K{text}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
