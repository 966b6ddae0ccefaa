"""The user of a browser's cookies takes no part in what a TikTok-hosted page does.

No answer sets a cookie: ``HostedPage`` itself asserts that, in each test here.
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
    """A user who is logged in by cookie in the same browser."""
    otto = User.objects.create_user("otto")
    client.force_login(otto)
    return otto


@pytest.fixture
def cookie_s_session(otto, client):
    """What the server keeps under the cookie, now and in the beginning."""
    key = client.cookies["sessionid"].value
    before = Session.objects.get(pk=key).session_data
    return lambda: (Session.objects.get(pk=key).session_data, before)


def unchanged(cookie_s_session):
    now, before = cookie_s_session()
    return now == before


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
def test_the_cookie_s_user_is_not_the_session_s(
    send_code, client, otto, cookie_s_session, process
):
    """By the cookie's session, a login would be refused: it is a password's."""
    response = send_code("mia", process=process)

    assert response.status_code == 200
    assert client.me() not in (None, otto.pk)
    assert unchanged(cookie_s_session)


def test_no_account_is_connected_to_the_user_of_the_cookie(
    send_code, otto, cookie_s_session
):
    assert error_code(send_code("mia", process="connect")) == "login_required"
    assert not otto.socialaccount_set.exists()
    assert unchanged(cookie_s_session)


@pytest.mark.parametrize("process", ["login", "connect", "switch", "authorize"])
def test_beside_a_token_the_cookie_does_nothing(
    send_code, client, otto, cookie_s_session, process
):
    send_code("mia")
    mia = client.me()

    response = send_code("mia", process=process)

    assert response.json()["data"]["user"]["id"] == client.me() == mia
    assert not otto.socialaccount_set.exists()
    assert unchanged(cookie_s_session)


def test_the_cookie_s_user_goes_on_as_before(send_code, client, otto):
    send_code("mia")

    browser = Client()
    browser.cookies = client.cookies
    answer = browser.get("/_allauth/browser/v1/auth/session").json()
    assert answer["data"]["user"]["id"] == otto.pk


def test_a_dead_token_does_not_fall_back_on_the_cookie(
    send_code, client, otto, cookie_s_session
):
    client.token = "gone"

    assert send_code("mia", process="connect").status_code == 410
    assert not otto.socialaccount_set.exists()
    assert unchanged(cookie_s_session)


def test_a_token_is_not_read_where_cookies_are(send_code, client):
    """There, a request without a cookie is anonymous, whatever header it has."""
    send_code("mia")

    browser = Client(headers={"X-Session-Token": client.token})
    answer = browser.get("/_allauth/browser/v1/auth/session")
    assert answer.status_code == 401


def test_no_message_waits_in_the_cookie_s_session(send_code, client, otto):
    send_code("mia")

    browser = Client()
    browser.cookies = client.cookies
    page = browser.get("/accounts/3rdparty/")
    assert list(get_messages(page.wsgi_request)) == []


def test_no_message_waits_in_the_token_s(send_code, client):
    send_code("mia")

    assert "_messages" not in client.session_of_token()


def test_a_stale_cookie_is_left_alone(send_code, client):
    client.cookies["sessionid"] = "k3vq8m2xw9abk3vq8m2xw9abk3vq8m2x"

    assert send_code("mia").status_code == 200


@pytest.mark.parametrize("process", ["login", "connect", "switch", "authorize"])
def test_a_refusal_sets_no_cookie_either(send_code, client, otto, tiktok, process):
    tiktok.order_fault("html_502")

    assert send_code("mia", process=process).status_code in (401, 503)


def test_a_pending_step_sets_none(send_code, settings, otto):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False

    assert send_code("mia").status_code == 401


def test_a_middleware_that_asks_who_it_is_sets_none(send_code, client, otto, install):
    install(
        "tests.endpoints.hosted.middleware.last_seen",
        after="django.contrib.auth.middleware.AuthenticationMiddleware",
    )

    assert send_code("mia").status_code == 200
    assert client.me() != otto.pk
