"""Where the bars of a small chart stand: counts in, numbers for an SVG out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The box that charts are drawn in; the page stretches it to whatever room there is.
WIDTH, HEIGHT = 600, 100
# Of a day's share of the width.
GAP = 0.2
# Something is never drawn as nothing, next to however large a peak.
LOWEST = 2
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A rectangle; ``column`` and ``series`` say which count it stands for."""

    column: int
    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Bars, and the count that the upper edge of the box stands for."""

    bars: tuple[Bar, ...]
    top: int


def stacked(columns: Sequence[Sequence[int]]) -> Chart:
    """Draw a column for each day, of one count or of several on top of each other."""
    top = round_up(max(map(sum, columns), default=0))
    bars = [
        bar
        for number, counts in enumerate(columns)
        for bar in _column(number, counts, top, WIDTH / len(columns))
    ]
    return Chart(bars=tuple(bars), top=top)


def side_by_side(counts: Sequence[int]) -> tuple[Bar, ...]:
    """Draw shares of a whole, over all of the width."""
    total, left, bars = max(sum(counts), 1), 0.0, []
    for series, count in enumerate(counts):
        right = left + WIDTH * count / total
        if count:
            bars.append(_bar(0, series, (left, right), (0, HEIGHT)))
        left = right
    return tuple(bars)


def round_up(peak: int) -> int:
    """Return the next number that is easily read: 1, 2 or 5, and zeros."""
    power = int("1" + "0" * (len(str(peak)) - 1))
    return next(step * power for step in _STEPS if step * power >= peak)


def _column(number: int, counts: Sequence[int], top: int, room: float) -> list[Bar]:
    sides = room * (number + GAP / 2), room * (number + 1 - GAP / 2)
    total, lower, bars = sum(counts), float(HEIGHT), []
    tall = max(HEIGHT * total / top, LOWEST)
    for series, count in enumerate(counts):
        if count:
            upper = lower - tall * count / total
            bars.append(_bar(number, series, sides, (upper, lower)))
            lower = upper
    return bars


def _bar(
    column: int, series: int, sides: tuple[float, float], ends: tuple[float, float]
) -> Bar:
    # The edges are rounded, and not the sizes: neighbours keep touching, and what
    # binary fractions gain does not reach beyond the box.
    (left, right), (upper, lower) = map(_rounded, sides), map(_rounded, ends)
    return Bar(
        column=column,
        series=series,
        x=left,
        y=upper,
        width=_rounded(right - left),
        height=_rounded(lower - upper),
    )


def _rounded(length: float) -> float:
    return max(round(length, 2), 0.0)
