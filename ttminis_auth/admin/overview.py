"""The parts of the overview page, ready for its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Health
from . import charts
from .figures import WEEK, Figures
from .large_tables import AtLeast

# As many colours as there are.
MOST_SERIES = 6
OTHERS = "…"

# Makes the address of people, by what their list is narrowed down to.
Link = Callable[..., str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A bar with what it says to whoever points at it."""

    bar: charts.Bar
    says: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line of a legend; ``share`` is for parts of a whole."""

    series: int
    name: str
    meaning: str | Promise
    count: str
    share: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A chart, what it says in words, and its numbers in a table."""

    slug: str
    title: str
    total: str
    words: str
    marks: Sequence[Mark]
    top: str = ""
    span: tuple[str, str] = ("", "")
    legend: Sequence[Entry] = ()
    heads: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[str]]] = ()
    link: tuple[str, str] | None = None


def shown(count: int) -> str:
    """Group the digits of a count, also of one that was broken off."""
    text = number_format(int(count), force_grouping=True)
    return f"≥{text}" if isinstance(count, AtLeast) else text


def short(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def panel(
    figures: Figures,
    what: str,
    title: str,
    known: Mapping[str, Promise] | None = None,
    link: tuple[str, str] | None = None,
) -> Panel:
    """Show one thing that was counted, by its codes where these are ``known``."""
    totals = figures.codes(what)
    series = _series([code for code, _n in totals.most_common()]) if known else [""]
    columns = [_by_series(figures.on(day, what), series) for day in figures.days]
    chart = charts.stacked(columns)
    heads = [_("All"), *series] if known else [_("Count")]
    return Panel(
        slug=what,
        title=title,
        total=shown(totals.total()),
        words=_in_words(figures, what),
        marks=[
            _mark(bar, figures.days[bar.column], columns, series) for bar in chart.bars
        ],
        top=shown(chart.top),
        span=(short(figures.days[0]), short(figures.days[-1])),
        legend=_legend(series, columns, known) if known else (),
        heads=heads,
        rows=[
            (short(day), [shown(n) for n in _cells(counts, bool(known))])
            for day, counts in zip(figures.days[::-1], columns[::-1], strict=True)
        ],
        link=link,
    )


def health(figures: Figures, link: Link | None) -> Panel:
    """Show whose tokens can be used, as shares of everybody."""
    counts = [figures.health[state] for state in Health]
    entries = [
        Entry(
            series=number,
            name=str(state.label),
            meaning="",
            count=shown(count),
            share=_percent(count, sum(counts)),
            url=link(health=state.value) if link else "",
        )
        for number, (state, count) in enumerate(zip(Health, counts, strict=True))
    ]
    words = [f"{entry.name}: {entry.count} ({entry.share})" for entry in entries]
    return Panel(
        slug="health",
        title=_("Healthy tokens"),
        total=f"{entries[0].share} {entries[0].name}",
        words="; ".join(words),
        marks=[
            Mark(bar=bar, says=words[bar.series]) for bar in charts.side_by_side(counts)
        ],
        legend=entries,
    )


def comparison(figures: Figures, what: str, title: str) -> dict[str, Any]:
    """Hold today and yesterday against the same days of the week before."""
    today = figures.today
    yesterday = today - WEEK / 7
    return {
        "title": title,
        "today": shown(figures.total(today, what)),
        "today_before": shown(figures.total(today - WEEK, what)),
        "yesterday": shown(figures.total(yesterday, what)),
        "yesterday_before": shown(figures.total(yesterday - WEEK, what)),
    }


def _series(codes: list[str]) -> list[str]:
    """Give the most frequent codes a colour each, and the others one together."""
    if len(codes) <= MOST_SERIES:
        return codes
    return [*codes[: MOST_SERIES - 1], OTHERS]


def _by_series(counts: Mapping[str, int], series: Sequence[str]) -> list[int]:
    named = [counts.get(code, 0) for code in series if code != OTHERS]
    others = sum(counts.values()) - sum(named)
    return [*named, others] if OTHERS in series else named


def _cells(counts: Sequence[int], has_codes: bool) -> Sequence[int]:
    return [sum(counts), *counts] if has_codes else counts


def _mark(
    bar: charts.Bar, day: date, columns: Sequence[Sequence[int]], series: Sequence[str]
) -> Mark:
    count = shown(columns[bar.column][bar.series])
    says = f"{short(day)}: {count} {series[bar.series]}"
    return Mark(bar=bar, says=says.strip())


def _legend(
    series: Sequence[str],
    columns: Sequence[Sequence[int]],
    known: Mapping[str, Promise],
) -> list[Entry]:
    totals = [sum(counts) for counts in zip(*columns, strict=True)]
    return [
        Entry(
            series=number,
            name=code,
            meaning=_("all others") if code == OTHERS else known.get(code, ""),
            count=shown(total),
        )
        for number, (code, total) in enumerate(zip(series, totals, strict=True))
        if total
    ]


def _in_words(figures: Figures, what: str) -> str:
    by_day = {day: figures.total(day, what) for day in figures.days}
    total, peak = sum(by_day.values()), max(figures.days, key=by_day.__getitem__)
    length = len(figures.days)
    if not total:
        return ngettext("None in %(days)s day.", "None in %(days)s days.", length) % {
            "days": length
        }
    words = ngettext(
        "%(total)s in %(days)s day. Most on %(date)s: %(peak)s. Today so far: %(now)s.",
        "%(total)s in %(days)s days. Most on %(date)s: %(peak)s. "
        "Today so far: %(now)s.",
        length,
    )
    return words % {
        "total": shown(total),
        "days": length,
        "date": short(peak),
        "peak": shown(by_day[peak]),
        "now": shown(by_day[figures.today]),
    }


def _percent(count: int, total: int) -> str:
    share = number_format(100 * count / max(total, 1), 1)
    return _("%(share)s%%") % {"share": share}
