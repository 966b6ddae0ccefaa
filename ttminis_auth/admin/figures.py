"""What was counted, read at once and taken apart for the overview."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ..models import DailyCount

What = DailyCount.What

# Today and yesterday are held against the same days of the week before.
WEEK = timedelta(days=7)
_AT_LEAST = 9
COLUMNS = ("day", "client_key", "what", "code", "count", "counted_at")


class Row(NamedTuple):
    """A row of ``DailyCount``."""

    day: date
    client_key: str
    what: str
    code: str
    number: int
    counted_at: datetime


def read(today: date, length: int) -> list[Row]:
    """Return what was counted lately: one statement, and few rows whatever happened."""
    since = today - timedelta(days=max(length, _AT_LEAST) - 1)
    rows = DailyCount.objects.filter(day__range=(since, today))
    return [Row(*row) for row in rows.values_list(*COLUMNS)]


class Figures:
    """The counts of some days, by what was counted and by code.

    Attributes:
        days: the days that are shown, today last.
        health: how many people's tokens were in which state when last looked at.
        health_at: when that was, or None.
    """

    def __init__(self, rows: Iterable[Row], today: date, length: int) -> None:
        self.today = today
        self.days = [today - timedelta(days=ago) for ago in range(length)][::-1]
        self._counts: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        looked = []
        for row in rows:
            self._counts[row.what, row.day][row.code] += row.number
            if row.what == What.GRANTS:
                looked.append(row)
        newest = {row.client_key: row.day for row in sorted(looked)}
        looked = [row for row in looked if row.day == newest[row.client_key]]
        self.health = Counter[str]()
        for row in looked:
            self.health[row.code] += row.number
        self.health_at = min((row.counted_at for row in looked), default=None)

    @property
    def is_empty(self) -> bool:
        return not self._counts

    def on(self, day: date, what: str) -> Counter[str]:
        """Return the counts of a day by code."""
        return self._counts.get((what, day), Counter())

    def total(self, day: date, what: str) -> int:
        return self.on(day, what).total()

    def codes(self, what: str) -> Counter[str]:
        """Return the counts of all shown days by code."""
        return sum((self.on(day, what) for day in self.days), Counter[str]())
