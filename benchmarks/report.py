"""The tables as reStructuredText, ready for the docs, and the machine they are from."""

from __future__ import annotations

import os
import platform
import sqlite3
from textwrap import dedent, fill
from typing import Any

import allauth
import django

from .admin import PageCosts
from .logins import ALLAUTH, BARE, FIRST, OURS, SAME, SOCIAL, Way
from .measure import FAR, Costs
from .refreshes import RefreshFigures

COLUMNS = {
    "SQL": "statements",
    "Requests": "requests",
    "Connections": "connections",
    "CPU ms": "cpu",
    "ms at 0": "p50 at 0",
    "at 50": "p50 at 50",
    "at 200": "p50 at 200",
}
TAILS = [f"p{nth} at {ms}" for ms in (0, 50, 200) for nth in (95, 99)]
COUNTS = ("statements", "requests", "connections")

Figures = dict[str, Any]


def report(found: Figures) -> str:
    """Return the tables, what was counted, and the machine."""
    parts = [logins(found["logins"]), tails(found["logins"])]
    parts += [ratios(found["logins"]), goals(found)]
    if found.get("servers"):
        parts.append(servers(found["servers"]))
    if "start" in found:
        parts += [variants(found["variants"]), start(found["start"])]
    return "\n\n".join([*parts, NOTES, found["machine"]])


def logins(rows: dict[str, Figures]) -> str:
    return _table("One login", COLUMNS, rows)


def tails(rows: dict[str, Figures]) -> str:
    return _table("Slow ones, in ms", {name: name for name in TAILS}, rows, digits=0)


def ratios(rows: dict[str, Figures]) -> str:
    """Return what a returning login costs beside the others."""
    ours = rows[OURS.name]
    columns = {title: name for title, name in COLUMNS.items() if name not in COUNTS}
    return _table(
        "ttminis_auth / other",
        columns,
        {
            other.name: {
                name: ours[name] / rows[other.name][name] for name in columns.values()
            }
            for other in (ALLAUTH, SOCIAL, BARE)
        },
        digits=2,
    )


def goals(found: Figures) -> str:
    """Return each goal beside what this run measured."""
    rows = found["logins"]
    ours, same, first = (rows[way.name] for way in (OURS, SAME, FIRST[0]))
    theirs, floor = rows[ALLAUTH.name], rows[BARE.name]
    shown = [
        ("Goal", "", "measured"),
        ("SQL of a returning login", "at most 7", f"{ours['statements']:.0f}"),
        ("SQL of the same session", "at most 5", f"{same['statements']:.0f}"),
        ("SQL of a first login", "at most 14", f"{first['statements']:.0f}"),
        ("CPU / allauth's", "at most 0.45", _ratio(ours, theirs, "cpu")),
        ("CPU / bare view's", "at most 1.4", _ratio(ours, floor, "cpu")),
        ("ms at 50 / allauth's", "at most 0.3", _ratio(ours, theirs, "p50 at 50")),
    ]
    if found.get("servers"):
        rates = found["servers"]["gunicorn"]
        shown += [
            ("logins a second / allauth's", "at least 3", _share(rates, ALLAUTH)),
            ("logins a second / bare", "at least 0.75", _share(rates, BARE)),
        ]
    if "start" in found:
        more = f"{found['start']['more']:.0f} ms"
        shown.append(("start of a process", "at most 30 ms", more))
        hosted = found["variants"]["TikTok-hosted, session tokens"]["statements"]
        shown.append(("SQL of TikTok-hosted", "at most 9", f"{hosted:.0f}"))
    return _simple_table(shown)


def _ratio(ours: Figures, theirs: Figures, name: str) -> str:
    return f"{ours[name] / theirs[name]:.2f}"


def _share(rates: Figures, other: Way) -> str:
    return f"{rates[OURS.name] / rates[other.name]:.2f}"


def servers(found: dict[str, Figures]) -> str:
    """Return the logins a second of each way, and what memory they share."""
    rows = {
        way.name: {server: rates[way.name] for server, rates in found.items()}
        for way in (OURS, ALLAUTH, SOCIAL, BARE)
    }
    table = _table("Logins a second", {name: name for name in found}, rows, digits=0)
    shared = (f"{name} {rates['memory']:.0f} MiB" for name, rates in found.items())
    return f"{table}\n\nMemory of the server, all ways in it: {', '.join(shared)}."


def variants(found: dict[str, Figures]) -> str:
    first = "first login of the process"
    columns = {"SQL": "statements", "CPU ms": "cpu", "ms": "wall", "cold ms": first}
    return _table("ttminis_auth with", columns, found)


def start(found: Figures) -> str:
    return (
        f"A process starts with {found['with']:.0f} ms of CPU, {found['without']:.0f} "
        f"without ttminis_auth: {found['more']:.0f} ms more (medians of pairs)."
    )


def refreshing(found: RefreshFigures) -> str:
    """Return the tables of the refreshes, and what was measured."""
    rates = [("Refreshes", "per second", "bound", "of it", "CPU ms")]
    for workers, (rate, cpu) in found.rates.items():
        bound = workers / FAR
        name = f"over {workers} connection{'s' * (workers > 1)}"
        shown = f"{rate:.0f}", f"{bound:.0f}", f"{rate / bound:.0%}", f"{cpu:.1f}"
        rates.append((name, *shown))
    peaks = [("Peak memory", "refresh MiB", "dry run MiB")]
    for size, (refresh, dry) in found.peaks.items():
        peaks.append((f"{size:,} identities", f"{refresh:.0f}", f"{dry:.0f}"))
    tables = [_simple_table(rates), _simple_table(peaks)]
    return "\n\n".join([*tables, _refreshing_notes(found)])


def pages(found: list[PageCosts]) -> str:
    """Return the table of the admin's pages, the slowest last."""
    rows = [("The admin's pages", "SQL", "first ms", "then ms")]
    for page in sorted(found, key=lambda page: page.usual):
        times = f"{page.first * 1000:.0f}", f"{page.usual * 1000:.0f}"
        rows.append((page.name, f"{page.statements}", *times))
    return _simple_table(rows)


def _refreshing_notes(found: RefreshFigures) -> str:
    paragraph = f"""
        On {found.database}, one process, TikTok {FAR * 1000:.0f} ms away and simulated
        on the same machine; the bound is what so many connections could do if nothing
        but TikTok took time. A process uses one core; beyond that, start more. One
        refresh is {len(found.statements)} SQL statements, BEGIN and COMMIT apart.
        Memory is the largest resident set of a fresh process that runs "manage.py
        ttminis_refresh", with --limit {found.limit} while all of the identities are
        due, and with --dry-run, which counts them. One core verifies
        {found.webhooks:,.0f} webhook signatures per second."""
    return fill(dedent(paragraph).strip(), width=88, break_on_hyphens=False)


def statements(costs: dict[str, Costs]) -> str:
    """Return every SQL statement of each login, in order."""
    lines = []
    for name, cost in costs.items():
        lines.append(name)
        for number, request in enumerate(cost.counts, 1):
            lines.extend(f"  {number}: {sql}" for sql in request.statements)
    return "\n".join(lines)


def machine() -> str:
    return (
        f"Python {platform.python_version()}, Django {django.get_version()}, "
        f"allauth {allauth.__version__}, SQLite {sqlite3.sqlite_version} in a file, "
        f"{os.cpu_count()} cores ({platform.machine()})."
    )


def _table(
    title: str,
    columns: dict[str, str],
    rows: dict[str, Figures],
    digits: int = 1,
) -> str:
    shown = [(title, *columns)]
    for name, figures in rows.items():
        cells = (
            f"{figures[key]:.{0 if key in COUNTS else digits}f}"
            for key in columns.values()
        )
        shown.append((name, *cells))
    return _simple_table(shown)


def _simple_table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    first, *rest = (_line(row, widths) for row in rows)
    return "\n".join([rule, first, rule, *rest, rule])


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *cells = (text.rjust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join([name.strip().ljust(widths[0]), *cells])


NOTES = """\
Each login is a new browser session, with database sessions, of a user who has been here
before unless the row says otherwise. Counted are the requests that a login makes to
Django, from WSGI environment to closed answer: one for ttminis_auth; for allauth's
provider and social-core the redirect to TikTok and the callback, which also fetches the
profile. SQL leaves out transaction control. Requests and connections are those to
TikTok, simulated in a process of its own over TLS, 0, 50 or 200 ms away; a new
connection costs two round trips more. The bare view exchanges, finds the user, logs in,
and does nothing else. Of a second login in the same session and of a consent only its
own request is counted. CPU is that of the process. Times are medians, of logins in
which the ways take turns."""
