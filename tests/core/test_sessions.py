"""All sessions of one user are found and deleted, and no other user's."""

import os
from datetime import timedelta

import pytest
from allauth import app_settings
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.databases import atomic
from tests.fixtures import DRAMA
from tests.sessions import ENGINES, use_engine
from ttminis_auth.admin.token_actions import _end_others
from ttminis_auth.checks.surroundings import check_sessions
from ttminis_auth.core import batches, session_search
from ttminis_auth.linking import detect, merge_preview
from ttminis_auth.linking.merge import merge_users
from ttminis_auth.models import Identity, LinkingConflict

pytestmark = pytest.mark.django_db


# allauth stores the user of a session; sessions in cookies cannot be found.
FINDABLE = ENGINES[:4] if app_settings.USERSESSIONS_ENABLED else ENGINES[:2]
UNFINDABLE = tuple(name for name in ENGINES if name not in FINDABLE)

CACHED = ("django.contrib.sessions.cache", "django.contrib.sessions.cached_db")

STATUS = "/_allauth/browser/v1/auth/session"
APP_STATUS = "/_allauth/app/v1/auth/session"
LOGIN = "/_allauth/browser/v1/auth/login"
PASSWORD = {"username": "olga", "password": "a long password"}
APP_LOGIN = "/_allauth/app/v1/auth/provider/token"

needs_usersessions = pytest.mark.skipif(
    not app_settings.USERSESSIONS_ENABLED, reason="runs with tests.people.settings"
)
needs_full_search = pytest.mark.skipif(
    app_settings.USERSESSIONS_ENABLED, reason="runs without allauth.usersessions"
)


@pytest.fixture(scope="session")
def session_files(tmp_path_factory):
    """The folder of session files; Django reads the setting once."""
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture(params=FINDABLE)
def engine(request, settings, session_files):
    """Each of Django's engines whose sessions can be found."""
    return use_engine(settings, request.param, session_files)


@pytest.fixture
def mia(engine, send_code, client):
    """Mia, who logged in through the mini app in ``client``."""
    send_code("mia")
    return user_of(client)


def user_of(client):
    return get_user_model().objects.get(pk=client.session["_auth_user_id"])


def is_logged_in(client, url=STATUS, **headers):
    return client.get(url, headers=headers).status_code == 200


@pytest.fixture
def password_client(engine, local_user, send_code):
    """The browser of Olga, who logged in by password and connected TikTok."""
    browser = Client()
    browser.post(LOGIN, PASSWORD, content_type="application/json")
    assert send_code("mia", by=browser, process="connect").status_code == 200
    return browser


@pytest.fixture
def olga(password_client, send_code, client, local_user):
    """Olga, who also logged in through the mini app in ``client``."""
    send_code("mia")
    return local_user


def test_end_deletes_the_session(mia, client):
    assert session_search.end(mia) == 1
    assert not is_logged_in(client)


def test_end_deletes_the_sessions_on_all_devices(mia, client, send_code):
    phone = Client()
    send_code("mia", by=phone)

    assert session_search.end(mia) == 2
    assert not is_logged_in(client)
    assert not is_logged_in(phone)


def test_ended_session_is_not_counted_again(mia):
    session_search.end(mia)

    assert session_search.end(mia) == 0


def test_end_keeps_sessions_of_other_users_of_the_app(mia, send_code):
    noah = Client()
    send_code("noah", by=noah)

    assert session_search.end(mia) == 1
    assert is_logged_in(noah)


def test_end_deletes_sessions_by_password_too(olga, password_client):
    assert session_search.end(olga) == 2
    assert not is_logged_in(password_client)


def test_end_keeps_anonymous_sessions(mia):
    visitor = Client()
    basket = visitor.session
    basket["basket"] = ["a pen"]
    basket.save()

    session_search.end(mia)

    assert visitor.session["basket"] == ["a pen"]


def test_end_deletes_token_sessions(mia, tiktok):
    """Its session token is the session's key."""
    code = tiktok.issue_code(DRAMA, "mia")
    token = {"client_id": DRAMA, "access_token": code}
    body = {"provider": "ttminis", "process": "login", "token": token}
    answer = Client().post(APP_LOGIN, body, content_type="application/json").json()
    session_token = answer["meta"]["session_token"]
    assert is_logged_in(Client(), APP_STATUS, x_session_token=session_token)

    assert session_search.end(mia) == 2
    assert not is_logged_in(Client(), APP_STATUS, x_session_token=session_token)


def test_expired_session_is_not_counted(mia, client, monkeypatch):
    # Caches have a clock of their own.
    cache.delete_many(f"{prefix}{client.session.session_key}" for prefix in CACHED)
    next_year = timezone.now() + timedelta(days=365)
    monkeypatch.setattr(timezone, "now", lambda: next_year)

    assert session_search.end(mia) == 0


def test_expired_session_file_is_not_replaced_by_another(mia, session_files):
    for path in session_files.iterdir():
        os.utime(path, (0, 0))
    before = set(session_files.iterdir())

    session_search.end(mia)

    assert before.issuperset(session_files.iterdir())


@pytest.mark.parametrize("name", UNFINDABLE)
def test_only_minis_sessions_end_on_engines_without_a_search(
    name, settings, session_files, send_code, client
):
    use_engine(settings, name, session_files)
    send_code("mia")
    mia = user_of(client)
    elsewhere = Client()
    elsewhere.force_login(mia, "django.contrib.auth.backends.ModelBackend")

    assert session_search.end(mia) is None
    assert not is_logged_in(client)
    assert is_logged_in(elsewhere)


@pytest.mark.parametrize("name", ENGINES)
def test_can_be_found_depends_on_the_session_engine(name, settings, session_files):
    use_engine(settings, name, session_files)

    assert session_search.can_be_found() == (name in FINDABLE)


# Rows with unexpected content.


@needs_full_search
@pytest.mark.parametrize("content", ["", "nonsense", "bm9uc2Vuc2U:x:y"])
def test_corrupt_sessions_are_skipped(send_code, client, content):
    tomorrow = timezone.now() + timedelta(days=1)
    for key in ("a" * 32, "z" * 32):
        Session.objects.create(
            session_key=key, session_data=content, expire_date=tomorrow
        )
    send_code("mia")

    assert session_search.end(user_of(client)) == 1
    assert Session.objects.count() == 2


@needs_full_search
def test_sessions_are_read_batch_by_batch(send_code, client, monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 2)
    others = [Client() for _ in range(5)]
    for other in others:
        send_code("mia", by=other)
    send_code("noah")

    assert session_search.end(user_of(others[0])) == 5
    assert is_logged_in(client)


@needs_usersessions
def test_allauth_s_row_of_an_ended_session_is_deleted(send_code, client):
    send_code("mia")
    known = apps.get_model("usersessions.UserSession").objects
    assert known.count() == 1

    session_search.end(user_of(client))

    assert not known.exists()


@needs_usersessions
def test_a_session_with_a_stale_row_of_allauth_is_not_ended(send_code, client):
    """allauth's row may be older than the switch to another user's account."""
    send_code("mia")
    noah = get_user_model().objects.create(username="noah")
    apps.get_model("usersessions.UserSession").objects.update(user=noah)

    assert session_search.end(noah) == 0
    assert is_logged_in(client)


@needs_usersessions
def test_a_merged_user_is_deleted_with_allauth_s_rows_of_sessions(
    send_code, authorize, client, settings
):
    authorize("mia", by=Client())
    older = get_user_model().objects.get()
    send_code("noah")
    known = Identity.objects.exclude(union_id=None).get().union_id
    Identity.objects.filter(union_id=None).update(union_id=known)
    settings.TTMINIS_UNION_LINKING = "merge"

    detect.consider(Identity.objects.get(account__user=older))

    assert get_user_model().objects.get() == older
    assert LinkingConflict.objects.get().detail == ""


@needs_usersessions
def test_merge_preview_shows_sessions_of_the_merged_user_as_gone(send_code, client):
    send_code("mia")
    goes = get_user_model().objects.get()
    stays = get_user_model().objects.create(username="olga")

    found = merge_preview.plan_merge(goes, stays)

    (session,) = (r for r in found.related if r.label == "usersessions.UserSession")
    assert (session.moves, session.stays, session.gone) == (0, 0, 1)
    assert found.goes_ends is merge_preview.End.DELETED


@needs_usersessions
def test_a_merged_user_who_is_kept_inactive_has_no_session(send_code, client):
    send_code("mia")
    goes = get_user_model().objects.get()
    goes.groups.add(Group.objects.create(name="beta"))
    stays = get_user_model().objects.create(username="olga")

    assert merge_users(goes, stays) == ["people.Person_groups"]
    assert not apps.get_model("usersessions.UserSession").objects.exists()


@needs_usersessions
@pytest.mark.parametrize("tracks", [True, False])
def test_w012_is_reported_if_allauth_does_not_track_sessions(tracks, settings):
    settings.USERSESSIONS_TRACK_ACTIVITY = tracks
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["end_sessions"]}

    assert session_search.finds_all() == tracks
    found = [message.id for message in check_sessions()]
    assert ("ttminis_auth.W012" in found) != tracks


@needs_usersessions
@pytest.mark.parametrize("tracks", [True, False])
def test_the_operator_reads_whether_other_sessions_may_go_on(
    tracks, settings, send_code
):
    settings.USERSESSIONS_TRACK_ACTIVITY = tracks
    send_code("mia", by=Client())

    text = _end_others(get_user_model().objects.get(), "Done.")

    assert text.endswith("go on.") != tracks


# Inside a transaction.


@pytest.mark.django_db(transaction=True)
def test_a_session_cached_again_before_the_commit_still_ends(
    settings, session_files, local_user, client
):
    """Until the commit cached_db reads it from the database and caches it again."""
    use_engine(settings, "cached_db", session_files)
    client.post(LOGIN, PASSWORD, content_type="application/json")
    key = f"{CACHED[1]}{client.session.session_key}"
    content = cache.get(key)

    with atomic():
        session_search.end(user_of(client))
        cache.set(key, content)  # as a reader on another connection would

    assert not is_logged_in(client)
