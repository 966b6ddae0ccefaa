"""The table as reStructuredText, ready for the README, and the machine it is from."""

from __future__ import annotations

import os
import platform
import sqlite3
from textwrap import dedent, fill

import allauth
import django

from .admin import PageCosts
from .logins import ALLAUTH, BARE, CONSENT, OURS
from .measure import FAR, Costs, last_request, middle
from .refreshes import RefreshFigures

COLUMNS = (
    "SQL",
    "Requests",
    "Connections",
    "CPU ms",
    "ms at 0",
    f"ms at {FAR * 1000:.0f}",
)

Row = tuple[float, ...]


def report(costs: dict[str, Costs]) -> str:
    """Return the tables, what was counted, and the machine."""
    return "\n\n".join([table(costs), consents(costs), NOTES, machine()])


def table(costs: dict[str, Costs]) -> str:
    ours, stock = figures(costs[OURS.name]), figures(costs[ALLAUTH.name])
    callback = figures(last_request(costs[ALLAUTH.name]))
    rows = [
        ("One returning login", *COLUMNS),
        _shown(OURS.name, ours),
        _shown(ALLAUTH.name, stock),
        _shown("its callback alone", callback),
        _shown(BARE.name, figures(costs[BARE.name])),
        _ratios(f"{OURS.name} / {ALLAUTH.name}", ours, stock),
    ]
    return _simple_table(rows)


def consents(costs: dict[str, Costs]) -> str:
    consent = figures(last_request(costs[CONSENT.name]))
    return _simple_table(
        [
            ("One consent of somebody logged in", *COLUMNS),
            _shown(CONSENT.name, consent),
        ]
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


def figures(costs: Costs) -> Row:
    """Return statements, requests, connections, CPU, wall near and wall far."""
    near = middle(costs.near)
    return (
        sum(len(request.statements) for request in costs.counts),
        sum(request.requests for request in costs.counts),
        sum(request.connections for request in costs.counts),
        near.cpu,
        near.wall,
        middle(costs.far).wall,
    )


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


def _shown(name: str, row: Row) -> tuple[str, ...]:
    counts, times = row[:3], row[3:]
    return (name, *(f"{n:.0f}" for n in counts), *(f"{n:.1f}" for n in times))


def _ratios(name: str, ours: Row, theirs: Row) -> tuple[str, ...]:
    return (name, *(f"{a / b:.2f}" for a, b in zip(ours, theirs, strict=True)))


def _simple_table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    first, *rest = (_line(row, widths) for row in rows)
    return "\n".join([rule, first, rule, *rest, rule])


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *cells = (text.rjust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join([name.strip().ljust(widths[0]), *cells])


NOTES = f"""\
Each login is a new browser session of somebody who has been here before, with database
sessions. Counted are the requests that a login makes to Django, from WSGI environment
to closed answer: one for ttminis_auth; for allauth's provider the redirect to TikTok
and the callback, which also fetches the profile. SQL leaves out transaction control.
Requests and connections are those to TikTok, simulated in a process of its own, at 0
and at {FAR * 1000:.0f} ms round trip; a new connection costs one more round trip, as
TCP does without TLS. The bare view exchanges, finds the user, logs in, and does nothing
else. A consent is what the page of a silent login asks for next; counted is its own
request alone, which exchanges the code and fetches the profile. Times are medians of
rounds in which the ways take turns."""
