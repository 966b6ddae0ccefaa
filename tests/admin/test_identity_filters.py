"""What the list can be narrowed down to."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.admin.conftest import add_grant
from tests.admin.pages import list_of
from tests.fixtures import DRAMA, GAME
from ttminis_auth.admin.find_identities import MOST_APPS, client_keys
from ttminis_auth.models import Health, Identity

HOUR = timedelta(hours=1)


@pytest.fixture
def narrowed(desk):
    """Filter, and return the handles of those who are left."""

    def narrowed(**parameters):
        response = desk.get(list_of("identity"), parameters)
        assert response.status_code == 200
        rows = response.context["cl"].result_list
        return {row.open_id.removeprefix("open-") for row in rows}

    return narrowed


def choices(desk, title):
    changelist = desk.get(list_of("identity")).context["cl"]
    spec = next(s for s in changelist.filter_specs if str(s.title) == title)
    return spec.lookup_choices


def test_app_narrows(person, narrowed):
    person("mia")
    person("ben", app=GAME)

    assert narrowed(app=GAME) == {"ben"}


def test_apps_are_the_configured_and_those_that_left_people(person, desk):
    person("ben", app=GAME)

    assert dict(choices(desk, "app")) == {
        DRAMA: "Drama",
        GAME: GAME,
        "awsimweb00000003": "Web site",
    }


def test_apps_are_looked_for_one_by_one(person, django_assert_num_queries):
    for number in range(6):
        person(f"nr{number}", app=f"app{number % 2}")

    with django_assert_num_queries(3):
        assert client_keys() == ["app0", "app1"]


def test_only_so_many_apps_are_looked_for(person):
    for number in range(MOST_APPS + 1):
        person(f"nr{number}", app=f"app{number:02}")

    assert len(client_keys()) == MOST_APPS


@pytest.mark.parametrize("state", Identity.State.values)
def test_state_narrows(person, narrowed, state):
    for each in Identity.State.values:
        person(each, state=each)

    assert narrowed(state=state) == {state}


@pytest.fixture
def healths(person):
    """An identity of each health, for each reason of it, by handle."""
    now = timezone.now()
    stale = {"access_expires_at": now - HOUR}
    spent = stale | {"refresh_expires_at": now - HOUR}
    person("none", grant=None)
    person("ok")
    person("ok_unknown", grant={"access_expires_at": None})
    add_grant(person("ok_twice", grant=stale), scopes="", issued_at=now)
    person("expires_soon", grant=stale)
    margin = {"access_expires_at": now + HOUR / 60, "issued_at": now - HOUR}
    person("expires_soon_margin", grant=margin)
    person("expires_soon_blank", grant={"access_token": None})
    add_grant(person("expires_soon_twice", grant=stale), scopes="", dead_at=now)
    person("dead", grant={"dead_at": now})
    person("dead_spent", grant=spent)
    person("dead_blank", grant=stale | {"refresh_token": None})


@pytest.mark.parametrize("health", Health.values)
def test_health_narrows(healths, narrowed, health):
    found = narrowed(health=health)

    every = set(Identity.objects.values_list("open_id", flat=True))
    handles = {open_id.removeprefix("open-") for open_id in every}
    assert found == {handle for handle in handles if handle.startswith(health)}


def test_health_is_filtered_by_as_it_is_shown(healths, desk):
    for health in Health.values:
        rows = desk.get(list_of("identity"), {"health": health}).context["cl"]

        assert {row.health_now for row in rows.result_list} == {health}


@pytest.mark.parametrize(
    "scopes",
    [
        "user.info.basic",
        "user.info.basic,x",
        "a,user.info.basic",
        "a,user.info.basic,x",
    ],
)
def test_scope_is_found_wherever_it_stands(person, narrowed, scopes):
    person(grant={"scopes": scopes})

    assert narrowed(scope="user.info.basic") == {"mia"}


@pytest.mark.parametrize(
    "grant",
    [
        {"scopes": "user.info.basically,not.user.info.basic"},
        {"scopes": "user.info.basic", "dead_at": timezone.now()},
    ],
)
def test_scope_that_resembles_or_is_dead_does_not_count(person, narrowed, grant):
    person(grant=grant)

    assert narrowed(scope="user.info.basic") == set()


@pytest.mark.parametrize("name", ["app", "health", "scope"])
@pytest.mark.parametrize("value", ["", "no such", "\x00", "x" * 10_000])
def test_value_that_is_not_offered_is_refused_as_django_does(desk, name, value):
    response = desk.get(list_of("identity"), {name: value})

    assert response.status_code == 302
    assert response["Location"].endswith("?e=1")


def test_filters_add_up(person, narrowed):
    person("mia", state="removed")
    person("ben", state="removed", app=GAME)
    person("ida", app=GAME)

    assert narrowed(state="removed", app=GAME) == {"ben"}


def test_day_narrows(person, narrowed):
    for moment in ["2024-12-31", "2025-02-28", "2025-02-03"]:
        day = datetime.fromisoformat(moment).replace(hour=12, tzinfo=UTC)
        person(moment, created_at=day)

    found = narrowed(created_at__year=2025, created_at__month=2, created_at__day=28)

    assert found == {"2025-02-28"}
