"""The geometry of charts, whatever was counted."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ttminis_auth.admin.charts import (
    HEIGHT,
    WIDTH,
    round_up,
    side_by_side,
    stacked,
)

numbers = st.integers(min_value=0, max_value=2**63)
columns = st.integers(0, 6).flatmap(
    lambda size: st.lists(st.lists(numbers, min_size=size, max_size=size), max_size=84)
)


def sizes(bar):
    return (bar.x, bar.y, bar.width, bar.height)


@given(columns)
def test_every_bar_is_a_number_within_the_box(columns):
    for bar in stacked(columns).bars:
        assert all(math.isfinite(size) and size >= 0 for size in sizes(bar))
        assert bar.x + bar.width <= WIDTH + 0.01
        assert bar.y + bar.height <= HEIGHT + 0.01


@given(columns)
def test_what_happened_has_a_bar_and_what_did_not_has_none(columns):
    drawn = {(bar.column, bar.series) for bar in stacked(columns).bars}

    assert drawn == {
        (number, series)
        for number, column in enumerate(columns)
        for series, count in enumerate(column)
        if count
    }


@given(st.lists(numbers, min_size=2, max_size=84))
def test_more_is_never_lower(days):
    heights = [0.0] * len(days)
    for bar in stacked([[count] for count in days]).bars:
        heights[bar.column] = bar.height

    ordered = [height for _, height in sorted(zip(days, heights, strict=True))]
    assert ordered == sorted(ordered)


@given(columns)
def test_parts_of_a_day_stand_on_each_other(columns):
    for below, above in zip((bars := stacked(columns).bars), bars[1:], strict=False):
        if below.column == above.column:
            assert math.isclose(above.y + above.height, below.y, abs_tol=0.02)


@given(numbers)
def test_scale_reaches_the_peak_and_little_more(peak):
    assert peak <= round_up(peak) <= max(peak * 2.5, 1)


@given(st.lists(numbers, max_size=6))
def test_shares_fill_the_width(counts):
    bars = side_by_side(counts)

    assert [bar.series for bar in bars] == [n for n, c in enumerate(counts) if c]
    if bars:
        right = bars[-1].x + bars[-1].width
        assert math.isclose(right, WIDTH, abs_tol=0.02)


def test_nothing_is_no_chart():
    assert stacked([]).bars == side_by_side([]) == ()


def test_single_event_is_visible_beside_a_huge_peak():
    low, high = stacked([[1], [10**12]]).bars

    assert low.height >= 1
    assert high.height == HEIGHT
