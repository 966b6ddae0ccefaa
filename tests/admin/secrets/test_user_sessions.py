"""allauth's admin pages of user sessions show no session key."""

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
def session(operator):
    """A superuser's session in allauth's table of sessions."""
    sessions = apps.get_model("usersessions.UserSession").objects
    return sessions.create(user=operator, ip="127.0.0.1", session_key=f"{PLANTED}-1")


@pytest.fixture
def clerk(staff):
    return staff("view_usersession", "change_usersession")


@needs_usersessions
@pytest.mark.parametrize("page", ["", "{}/change/", "{}/history/"])
def test_no_page_shows_a_session_key(clerk, session, page):
    # tests.admin.guard would raise for a response with the key.
    assert clerk.get(LIST + page.format(session.pk)).status_code == 200


@needs_usersessions
@pytest.mark.parametrize("lookup", ["session_key__startswith", "session_key__regex"])
def test_list_refuses_lookups_of_session_keys(clerk, session, lookup):
    assert clerk.get(LIST, {lookup: "PL"}).status_code == 400


@needs_usersessions
def test_session_key_is_kept_when_other_fields_are_saved(clerk, session):
    moment = {"0": "2026-01-01", "1": "00:00"}
    data = {
        "user": session.user_id,
        "ip": "127.0.0.2",
        "user_agent": "x",
        "data": "[1]",
    }
    for name in ("created_at", "last_seen_at"):
        data |= {f"{name}_{part}": text for part, text in moment.items()}

    clerk.post(f"{LIST}{session.pk}/change/", data)

    session.refresh_from_db()
    assert session.ip == "127.0.0.2"
    assert session.session_key == f"{PLANTED}-1"
