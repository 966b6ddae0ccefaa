"""allauth's own endpoints accept the session token of our answer."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

from tests.endpoints.hosted.hosted_page import JSON, SESSION, HostedPage
from tests.fixtures import DRAMA, open_id
from ttminis_auth.core.sessions import SESSION_KEY
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

User = get_user_model()
APP = "/_allauth/app/v1"


def pending(response):
    flows = response.json()["data"]["flows"]
    return [flow["id"] for flow in flows if flow.get("is_pending")]


def post(client, path, body):
    return client.post(f"{APP}/{path}", body, content_type=JSON)


# The session.


def test_the_session_endpoint_names_the_user(send_code, client):
    user_id = send_code("mia").json()["data"]["user"]["id"]

    answer = client.get(SESSION).json()
    assert answer["data"]["user"]["id"] == user_id
    assert answer["meta"]["is_authenticated"] is True


def test_deleting_the_session_logs_out(send_code, client):
    send_code("mia")

    assert client.delete(SESSION).status_code == 401
    assert client.get(SESSION).status_code == 410
    assert not Session.objects.exists()


def test_a_code_at_allauth_s_token_endpoint_keeps_the_user(send_code, client, tiktok):
    send_code("mia")
    mia = client.me()
    token = {"client_id": DRAMA, "access_token": tiktok.issue_code(DRAMA, "mia")}

    body = {"provider": "ttminis", "process": "login", "token": token}
    response = post(client, "auth/provider/token", body)

    assert response.status_code == 200
    assert client.me() == mia


def test_allauth_s_endpoint_lists_the_account(send_code, client):
    send_code("mia")

    (account,) = client.get(f"{APP}/account/providers").json()["data"]
    assert account["provider"]["client_id"] == DRAMA


# A sign-up form.


@pytest.fixture
def _sign_up_form(settings):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False


@pytest.mark.usefixtures("_sign_up_form")
class TestSignUpForm:
    def test_a_pending_flow_has_a_session_token(self, send_code, client):
        response = send_code("mia")

        assert response.status_code == 401
        assert pending(response) == ["provider_signup"]
        assert client.token is not None
        assert not User.objects.exists()

    def test_a_pending_sign_up_does_not_log_in(self, send_code, client):
        send_code("mia")

        assert client.me() is None

    def test_a_username_completes_the_sign_up(self, send_code, client, tiktok):
        send_code("mia")

        response = post(client, "auth/provider/signup", {"username": "mia"})

        assert response.status_code == 200
        assert client.me() == User.objects.get(username="mia").pk
        assert Identity.objects.get().open_id == tiktok.open_id("mia", DRAMA)

    def test_the_next_login_finds_the_user(self, send_code, client):
        send_code("mia")
        post(client, "auth/provider/signup", {"username": "mia"})

        again = HostedPage()
        assert send_code("mia", by=again).status_code == 200
        assert again.me() == client.me()

    def test_the_session_after_a_sign_up_is_from_the_app(self, send_code, client):
        send_code("mia")
        post(client, "auth/provider/signup", {"username": "mia"})

        assert client.session_of_token()[SESSION_KEY] == DRAMA

    def test_a_page_without_the_token_cannot_complete_the_sign_up(
        self, send_code, client
    ):
        send_code("mia")

        response = post(HostedPage(), "auth/provider/signup", {"username": "eve"})

        assert response.status_code in (401, 409)
        assert not User.objects.exists()


# A second factor.

SECRET = "JBSWY3DPEHPK3PXP"  # the usual example


@pytest.fixture
def second_factor(send_code, settings):
    # The code may expire between its making and its arrival.
    settings.MFA_TOTP_TOLERANCE = 1
    send_code("mia", by=HostedPage())
    mia = User.objects.get(socialaccount__isnull=False)
    totp.TOTP.activate(mia, SECRET)
    return mia


def totp_code():
    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(SECRET, counter))


@pytest.mark.usefixtures("second_factor")
class TestSecondFactor:
    def test_a_pending_flow_has_a_session_token(self, send_code, client):
        response = send_code("mia")

        assert response.status_code == 401
        assert pending(response) == ["mfa_authenticate"]
        assert client.token is not None
        assert client.me() is None

    def test_the_right_code_completes_the_login(self, send_code, client, second_factor):
        send_code("mia")

        response = post(client, "auth/2fa/authenticate", {"code": totp_code()})

        assert response.status_code == 200
        assert client.me() == second_factor.pk
        assert client.session_of_token()[SESSION_KEY] == DRAMA

    def test_a_wrong_code_does_not_complete_the_login(self, send_code, client):
        send_code("mia")

        response = post(client, "auth/2fa/authenticate", {"code": "x"})

        assert response.status_code == 400
        assert client.me() is None

    def test_the_session_token_changes_at_the_second_factor(self, send_code, client):
        """Otherwise an attacker who set a page's token could use it after the login."""
        send_code("mia")
        pending_token = client.token
        post(client, "auth/2fa/authenticate", {"code": totp_code()})

        assert client.token != pending_token
        assert HostedPage(token=pending_token).me() is None

    @pytest.mark.parametrize("process", ["login", "switch"])
    def test_a_pending_login_logs_the_former_user_out(self, send_code, client, process):
        """Until Mia's second factor, the page of Noah is logged in as neither."""
        send_code("noah")
        noah = client.token

        response = send_code("mia", process=process)

        assert response.status_code == 401
        assert pending(response) == ["mfa_authenticate"]
        assert client.me() is None
        assert HostedPage(token=noah).me() is None


def test_a_logged_in_user_needs_no_second_factor_again(send_code, client):
    send_code("mia")
    totp.TOTP.activate(User.objects.get(), SECRET)

    assert send_code("mia").status_code == 200
    assert Authenticator.objects.exists()


# Reauthentication.


def test_a_project_can_require_a_password_before_connecting(
    send_code, client, olga, settings
):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0

    response = send_code("mia", process="connect")

    assert response.status_code == 401
    assert response.json()["meta"]["is_authenticated"] is True
    flows = [flow["id"] for flow in response.json()["data"]["flows"]]
    assert "reauthenticate" in flows
    assert not Identity.objects.exists()


def test_an_account_is_connected_after_reauthentication(
    send_code, client, olga, settings, tiktok
):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    send_code("mia", process="connect")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

    post(client, "auth/reauthenticate", {"password": "a long password"})
    response = send_code("mia", process="connect")

    assert response.status_code == 200
    assert open_id(response) == tiktok.open_id("mia", DRAMA)
