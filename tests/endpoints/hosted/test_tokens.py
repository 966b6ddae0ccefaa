"""Invalid session tokens authenticate no user and break nothing."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.endpoints.hosted.hosted_page import JSON, SESSION, HostedPage
from tests.fixtures import DRAMA
from ttminis_auth.core import session_search
from ttminis_auth.models import Identity
from ttminis_auth.removal import deauthorize

pytestmark = pytest.mark.django_db

User = get_user_model()
API = ["/api/drf/session", "/api/ninja/session"]

UNKNOWN = {
    "never given out": "k3vq8m2xw9abk3vq8m2xw9abk3vq8m2x",
    "short": "x",
    "a path": "../../etc/passwd",
    "quotes": "' OR 1=1 --",
    "percent": "%00",
    "two words": "Bearer k3vq8m2xw9ab",
    "one million letters": "x" * 1_000_000,
    "5,000 letters": "x" * 5000,
    "letters beyond ASCII": "k\xf6nig",
    "a null byte": "a\x00b",
    "a new line": "a\nb",
    "a tab": "\t",
    "JSON": '{"a": 1}',
}


@pytest.fixture
def mia(send_code, client):
    """Mia's user, who is logged in with ``client``."""
    send_code("mia")
    return User.objects.get()


@pytest.fixture(params=["session", "drf", "ninja"])
def refuses(request):
    """Return whether an endpoint refuses a page's token."""
    address = {
        "session": SESSION,
        "drf": "/api/drf/session",
        "ninja": "/api/ninja/session",
    }[request.param]
    return lambda client: client.get(address).status_code in (401, 403, 410)


@pytest.mark.parametrize("token", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_token_is_answered_with_410(send_code, tiktok, token, db):
    response = send_code("mia", by=HostedPage(token=token))

    assert response.status_code == response.json()["status"] == 410
    assert not response.json()["meta"]["is_authenticated"]
    assert tiktok.requests == []


@pytest.mark.parametrize("token", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_token_creates_no_session(send_code, token, db):
    send_code("mia", by=HostedPage(token=token))

    assert not Session.objects.exists()


@pytest.mark.parametrize("process", ["login", "connect", "switch", "authorize"])
def test_an_unknown_token_is_answered_with_410_for_every_process(
    send_code, process, db
):
    response = send_code("mia", by=HostedPage(token="gone"), process=process)

    assert response.status_code == 410


def test_a_code_refused_for_its_token_can_be_used_without_it(client, code_url, tiktok):
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    HostedPage(token="gone").post(code_url, body, content_type=JSON)

    assert client.post(code_url, body, content_type=JSON).status_code == 200


def test_an_empty_token_is_ignored(send_code, db):
    assert send_code("mia", by=HostedPage(token="")).status_code == 200


def test_a_token_sent_twice_is_unknown(send_code, client, mia):
    twice = HostedPage(token=f"{client.token},{client.token}")

    assert send_code("mia", by=twice).status_code == 410


def test_a_token_in_capitals_is_unknown(send_code, client, mia):
    assert (
        send_code("mia", by=HostedPage(token=client.token.upper())).status_code == 410
    )


@pytest.mark.parametrize("token", list(UNKNOWN.values())[:8], ids=list(UNKNOWN)[:8])
def test_an_unknown_token_authenticates_no_user(refuses, token, db):
    assert refuses(HostedPage(token=token))


def test_a_valid_token_authenticates_its_user(refuses, client, mia):
    assert not refuses(client)


# Tokens that were valid once.


@pytest.fixture(params=["expired", "deleted", "logged out", "deactivated", "removed"])
def invalidated(request, client, mia):
    match request.param:
        case "expired":
            past = timezone.now() - timedelta(seconds=1)
            Session.objects.update(expire_date=past)
        case "deleted":
            Session.objects.all().delete()
        case "logged out":
            client.delete(SESSION)
        case "deactivated":
            User.objects.update(is_active=False)
        case "removed":
            identity = Identity.objects.get()
            later = timezone.now() + timedelta(seconds=2)
            deauthorize.remove(identity, reason=1, at=later)
    return request.param


def test_an_invalidated_token_authenticates_no_user(refuses, client, invalidated):
    assert refuses(client)


def test_an_invalidated_token_cannot_connect(send_code, client, invalidated):
    response = send_code("noah", process="connect")

    assert response.status_code in (401, 410)
    assert Identity.objects.count() == 1


def test_an_invalidated_token_stays_invalid_after_another_login(
    send_code, client, invalidated
):
    old = client.token
    send_code("noah", by=HostedPage(token=old))

    assert HostedPage(token=old).me() is None


def test_the_next_login_works_without_the_invalidated_token(
    send_code, client, invalidated
):
    """The page drops the token after a 410 and logs in again."""
    if send_code("noah").status_code == 410:
        client.token = None
        send_code("noah")

    assert client.me() == User.objects.latest("pk").pk


# Sessions that end elsewhere.


def test_a_removal_ends_the_session_of_a_login(client, mia):
    later = timezone.now() + timedelta(seconds=2)

    deauthorize.remove(Identity.objects.get(), reason=1, at=later)

    assert client.get(SESSION).status_code == 401
    assert client.get(SESSION).status_code == 410


def test_a_removal_keeps_a_session_by_password(send_code, client, olga):
    send_code("mia", process="connect")
    later = timezone.now() + timedelta(seconds=2)

    deauthorize.remove(Identity.objects.get(), reason=1, at=later)

    assert client.me() == olga.pk


def test_session_search_ends_the_sessions_of_all_pages(send_code, client, mia):
    other = HostedPage()
    send_code("mia", by=other)

    assert session_search.end(mia) == 2
    assert [client.me(), other.me()] == [None, None]


@pytest.fixture
def _leaving(settings, olga):
    """Olga logs out in another tab during this request."""
    settings.SOCIALACCOUNT_ADAPTER = "tests.endpoints.hosted.adapters.LeavingAdapter"


@pytest.mark.usefixtures("_leaving")
def test_a_session_that_ends_during_the_request_is_answered_with_410(send_code):
    response = send_code("mia", process="connect")

    assert response.status_code == response.json()["status"] == 410
    assert not Session.objects.exists()


@pytest.mark.usefixtures("_leaving")
def test_a_session_that_ends_does_not_change_the_cookie(
    send_code, client, django_user_model
):
    """allauth would replace the session of the cookie by the ended one."""
    client.force_login(django_user_model.objects.create_user("otto"))
    before = client.cookies["sessionid"].value

    assert send_code("mia", process="connect").status_code == 410
    assert client.cookies["sessionid"].value == before


@pytest.mark.usefixtures("_leaving")
def test_switch_works_if_the_session_ends_during_the_request(send_code, client):
    assert send_code("mia", process="switch").status_code == 200
    assert client.me() == User.objects.latest("pk").pk


def test_a_token_from_before_the_login_is_not_logged_in(send_code, client):
    """An attacker gives a visitor's page the attacker's own anonymous token."""
    anonymous = SessionStore()
    anonymous["basket"] = ["a book"]
    anonymous.save()
    client.token = anonymous.session_key

    assert send_code("mia").status_code == 200

    assert client.token != anonymous.session_key
    assert client.me() == User.objects.get().pk
    assert HostedPage(token=anonymous.session_key).me() is None
