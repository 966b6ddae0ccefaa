"""allauth's page of sessions shows no session key."""

import pytest
from allauth import app_settings
from django.apps import apps

from tests.admin.guard import PLANTED

LIST = "/admin/usersessions/usersession/"

needs_usersessions = pytest.mark.skipif(
    not app_settings.USERSESSIONS_ENABLED, reason="runs with tests.people.settings"
)


@pytest.fixture(autouse=True)
def _sites(settings):
    settings.ROOT_URLCONF = "tests.urls"


@pytest.fixture
def known(operator):
    """A session of a superuser's that allauth knows of."""
    sessions = apps.get_model("usersessions.UserSession").objects
    return sessions.create(user=operator, ip="127.0.0.1", session_key=f"{PLANTED}-1")


@pytest.fixture
def clerk(staff):
    return staff("view_usersession", "change_usersession")


@needs_usersessions
@pytest.mark.parametrize("page", ["", "{}/change/", "{}/history/"])
def test_no_page_shows_it(clerk, known, page):
    # The guard of the suite would refuse the response.
    assert clerk.get(LIST + page.format(known.pk)).status_code == 200


@needs_usersessions
@pytest.mark.parametrize("lookup", ["session_key__startswith", "session_key__regex"])
def test_no_list_shows_how_a_session_key_begins(clerk, known, lookup):
    assert clerk.get(LIST, {lookup: "PL"}).status_code == 400


@needs_usersessions
def test_session_key_stays_when_the_rest_is_saved(clerk, known):
    moment = {"0": "2026-01-01", "1": "00:00"}
    payload = {
        "user": known.user_id,
        "ip": "127.0.0.2",
        "user_agent": "x",
        "data": "[1]",
    }
    for name in ("created_at", "last_seen_at"):
        payload |= {f"{name}_{part}": text for part, text in moment.items()}

    clerk.post(f"{LIST}{known.pk}/change/", payload)

    known.refresh_from_db()
    assert known.ip == "127.0.0.2"
    assert known.session_key == f"{PLANTED}-1"
