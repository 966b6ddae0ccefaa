"""Dates that somebody typed into the address, and that no calendar has."""

import pytest

from tests.admin.pages import list_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(desk):
    """Look at people of a date."""

    def visit(**parameters):
        fields = {f"created_at__{kind}": value for kind, value in parameters.items()}
        return desk.get(list_of("identity"), fields)

    return visit


@pytest.mark.parametrize(
    "typed",
    [
        {"year": 9999, "month": 12, "day": 31},
        {"year": 9999, "month": 12, "day": 30},
        {"year": 9999, "month": 12},
        {"year": 9999, "day": 5},
        {"year": 2026, "month": 13},
        {"year": 2026, "month": 2, "day": 30},
        {"year": 2026, "day": "x"},
        {"year": "", "month": 2},
        {"month": "x"},
    ],
)
def test_a_date_that_is_none_is_refused_as_django_does(visit, typed):
    assert visit(**typed)["Location"].endswith("?e=1")


@pytest.mark.parametrize(
    "typed",
    [
        {"year": 9999, "month": 11, "day": 30},
        {"year": 1, "month": 2, "day": 3},
        {"year": 2026, "day": 5},
        {"month": 13},
        {"day": "9" * 30},
    ],
)
def test_a_date_of_nobody_is_an_empty_list(visit, typed):
    response = visit(**typed)

    assert response.status_code == 200
    assert response.context["cl"].result_count == 0


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("typed", [{"year": 1, "day": 2}, {"year": 9998, "day": 31}])
def test_the_ends_of_time_are_asked_for_from_anywhere(visit, settings, zone, typed):
    settings.TIME_ZONE = zone

    assert visit(**typed).status_code in (200, 302)
