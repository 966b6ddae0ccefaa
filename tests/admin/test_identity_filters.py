"""Filters of the list of identities."""

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
def filtered(admin_client):
    """Filter, and return the handles of the identities found."""

    def filtered(**parameters):
        response = admin_client.get(list_of("identity"), parameters)
        assert response.status_code == 200
        rows = response.context["cl"].result_list
        return {row.open_id.removeprefix("open-") for row in rows}

    return filtered


def choices(admin_client, title):
    changelist = admin_client.get(list_of("identity")).context["cl"]
    spec = next(s for s in changelist.filter_specs if str(s.title) == title)
    return spec.lookup_choices


def test_identities_are_filtered_by_app(person, filtered):
    person("mia")
    person("ben", app=GAME)

    assert filtered(app=GAME) == {"ben"}


def test_app_filter_offers_configured_apps_and_apps_with_identities(
    person, admin_client
):
    person("ben", app=GAME)

    assert dict(choices(admin_client, "app")) == {
        DRAMA: "Drama",
        GAME: GAME,
        "awsimweb00000003": "Web site",
    }


def test_apps_with_identities_are_found_one_by_one(person, django_assert_num_queries):
    for number in range(6):
        person(f"nr{number}", app=f"app{number % 2}")

    with django_assert_num_queries(3):
        assert client_keys() == ["app0", "app1"]


def test_the_number_of_apps_that_a_filter_offers_is_bounded(person):
    for number in range(MOST_APPS + 1):
        person(f"nr{number}", app=f"app{number:02}")

    assert len(client_keys()) == MOST_APPS


@pytest.mark.parametrize("state", Identity.State.values)
def test_identities_are_filtered_by_state(person, filtered, state):
    for each in Identity.State.values:
        person(each, state=each)

    assert filtered(state=state) == {state}


@pytest.fixture
def each_health(person):
    """Identities of each health and each cause of it, named in their handles."""
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
def test_identities_are_filtered_by_health(each_health, filtered, health):
    found = filtered(health=health)

    every = set(Identity.objects.values_list("open_id", flat=True))
    handles = {open_id.removeprefix("open-") for open_id in every}
    assert found == {handle for handle in handles if handle.startswith(health)}


def test_health_filter_agrees_with_the_health_shown(each_health, admin_client):
    for health in Health.values:
        rows = admin_client.get(list_of("identity"), {"health": health}).context["cl"]

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
def test_scope_filter_finds_a_scope_at_any_position(person, filtered, scopes):
    person(grant={"scopes": scopes})

    assert filtered(scope="user.info.basic") == {"mia"}


@pytest.mark.parametrize(
    "grant",
    [
        {"scopes": "user.info.basically,not.user.info.basic"},
        {"scopes": "user.info.basic", "dead_at": timezone.now()},
    ],
)
def test_scope_filter_ignores_similar_scopes_and_revoked_grants(
    person, filtered, grant
):
    person(grant=grant)

    assert filtered(scope="user.info.basic") == set()


@pytest.mark.parametrize("name", ["app", "health", "scope"])
@pytest.mark.parametrize("value", ["", "no such", "\x00", "x" * 10_000])
def test_a_filter_value_that_is_not_offered_is_refused_as_django_does(
    admin_client, name, value
):
    response = admin_client.get(list_of("identity"), {name: value})

    assert response.status_code == 302
    assert response["Location"].endswith("?e=1")


def test_filters_can_be_combined(person, filtered):
    person("mia", state="removed")
    person("ben", state="removed", app=GAME)
    person("ida", app=GAME)

    assert filtered(state="removed", app=GAME) == {"ben"}


def test_identities_are_filtered_by_day(person, filtered):
    for moment in ["2024-12-31", "2025-02-28", "2025-02-03"]:
        day = datetime.fromisoformat(moment).replace(hour=12, tzinfo=UTC)
        person(moment, created_at=day)

    found = filtered(created_at__year=2025, created_at__month=2, created_at__day=28)

    assert found == {"2025-02-28"}
