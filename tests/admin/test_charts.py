"""The geometry of charts is right for all counts."""

import math
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ttminis_auth.admin.overview import LOWEST, Figures, What, health, panel
from ttminis_auth.models import DailyCount, Health

TODAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
numbers = st.integers(min_value=0, max_value=2**53)
months = st.lists(numbers, min_size=1, max_size=84)


def panel_of(counts):
    """Return the panel of daily login counts, today last."""
    rows = [
        DailyCount(day=TODAY - timedelta(days=ago), what=What.LOGIN, count=count)
        for ago, count in enumerate(reversed(counts))
    ]
    return panel(Figures(rows, TODAY, len(counts)), What.LOGIN, "Logins")


@given(months)
def test_every_bar_is_within_the_box(counts):
    chart = panel_of(counts)
    for bar in chart["bars"]:
        sizes = [bar[name] for name in ("x", "y", "width", "height")]
        assert all(math.isfinite(size) and size >= 0 for size in sizes)
        assert bar["x"] + bar["width"] <= chart["width"]
        assert bar["y"] + bar["height"] <= chart["height"] * 1.0001


@given(months)
def test_only_days_with_events_have_a_bar(counts):
    days = [bar["x"] for bar in panel_of(counts)["bars"]]

    assert days == [day for day, count in enumerate(counts) if count]


@given(months)
def test_a_higher_count_never_has_a_lower_bar(counts):
    heights = {bar["x"]: bar["height"] for bar in panel_of(counts)["bars"]}
    found = [heights.get(day, 0) for day in range(len(counts))]

    ordered = [height for _, height in sorted(zip(counts, found, strict=True))]
    assert ordered == sorted(ordered)


@given(st.lists(numbers, min_size=4, max_size=4))
def test_shares_of_health_fill_the_width(counts):
    rows = [
        DailyCount(
            day=TODAY, what=What.GRANTS, code=state, count=count, counted_at=NOON
        )
        for state, count in zip(Health, counts, strict=True)
    ]
    chart = health(Figures(rows, TODAY, 7), None)

    assert [bar["series"] for bar in chart["bars"]] == [
        number for number, count in enumerate(counts) if count
    ]
    assert sum(bar["width"] for bar in chart["bars"]) == sum(counts)
    assert chart["width"] == max(sum(counts), 1)


def test_a_single_event_is_visible_beside_a_huge_peak():
    low, high = panel_of([1, 10**12])["bars"]

    assert low["height"] == LOWEST * 10**12
    assert (high["y"], high["height"]) == (0, 10**12)
