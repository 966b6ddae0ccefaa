"""The endpoint of TikTok-hosted pages neither reads nor sets cookies.

``HostedPage`` itself checks in every test of this folder that no answer sets one.
"""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client

from tests.fixtures import error_code

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture
def otto(client):
    """A user who is logged in by cookie in the browser of the hosted page."""
    otto = User.objects.create_user("otto")
    client.force_login(otto)
    return otto


@pytest.fixture
def cookie_session(otto, client):
    """The session of the cookie, now and at the beginning."""
    key = client.cookies["sessionid"].value
    before = Session.objects.get(pk=key).session_data
    return lambda: (Session.objects.get(pk=key).session_data, before)


def unchanged(cookie_session):
    now, before = cookie_session()
    return now == before


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
def test_a_login_ignores_the_user_of_a_cookie(
    send_code, client, otto, cookie_session, process
):
    """The cookie's session is by password, so with it the login would be refused."""
    response = send_code("mia", process=process)

    assert response.status_code == 200
    assert client.me() not in (None, otto.pk)
    assert unchanged(cookie_session)


def test_connecting_ignores_the_user_of_a_cookie(send_code, otto, cookie_session):
    assert error_code(send_code("mia", process="connect")) == "login_required"
    assert not otto.socialaccount_set.exists()
    assert unchanged(cookie_session)


@pytest.mark.parametrize("process", ["login", "connect", "switch", "authorize"])
def test_a_session_token_has_precedence_over_a_cookie(
    send_code, client, otto, cookie_session, process
):
    send_code("mia")
    mia = client.me()

    response = send_code("mia", process=process)

    assert response.json()["data"]["user"]["id"] == client.me() == mia
    assert not otto.socialaccount_set.exists()
    assert unchanged(cookie_session)


def test_the_session_of_a_cookie_is_not_changed(send_code, client, otto):
    send_code("mia")

    browser = Client()
    browser.cookies = client.cookies
    answer = browser.get("/_allauth/browser/v1/auth/session").json()
    assert answer["data"]["user"]["id"] == otto.pk


def test_an_invalid_token_does_not_fall_back_on_the_cookie(
    send_code, client, otto, cookie_session
):
    client.token = "gone"

    assert send_code("mia", process="connect").status_code == 410
    assert not otto.socialaccount_set.exists()
    assert unchanged(cookie_session)


def test_the_browser_client_of_allauth_does_not_read_a_session_token(send_code, client):
    """A request without a cookie is anonymous there, whatever headers it has."""
    send_code("mia")

    browser = Client(headers={"X-Session-Token": client.token})
    answer = browser.get("/_allauth/browser/v1/auth/session")
    assert answer.status_code == 401


def test_a_login_leaves_no_message_in_the_session_of_a_cookie(send_code, client, otto):
    send_code("mia")

    browser = Client()
    browser.cookies = client.cookies
    page = browser.get("/accounts/3rdparty/")
    assert list(get_messages(page.wsgi_request)) == []


def test_a_login_leaves_no_message_in_the_session_of_the_token(send_code, client):
    send_code("mia")

    assert "_messages" not in client.session_of_token()


def test_a_stale_cookie_is_ignored(send_code, client):
    client.cookies["sessionid"] = "k3vq8m2xw9abk3vq8m2xw9abk3vq8m2x"

    assert send_code("mia").status_code == 200


@pytest.mark.parametrize("process", ["login", "connect", "switch", "authorize"])
def test_a_refusal_sets_no_cookie(send_code, client, otto, tiktok, process):
    tiktok.order_fault("html_502")

    assert send_code("mia", process=process).status_code in (401, 503)


def test_a_pending_step_sets_no_cookie(send_code, settings, otto):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False

    assert send_code("mia").status_code == 401


def test_a_middleware_that_reads_the_user_sets_no_cookie(
    send_code, client, otto, install
):
    install(
        "tests.endpoints.hosted.middleware.last_seen",
        after="django.contrib.auth.middleware.AuthenticationMiddleware",
    )

    assert send_code("mia").status_code == 200
    assert client.me() != otto.pk
