"""Connecting asks for a password or a second factor, and names a way that exists."""

import pytest
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.core.checks import run_checks

from tests.fixtures import DRAMA, error_code

pytestmark = pytest.mark.django_db

User = get_user_model()
SETTINGS = [
    "ACCOUNT_REAUTHENTICATION_REQUIRED",
    "SOCIALACCOUNT_REAUTHENTICATION_REQUIRED",
]
asks_everybody = pytest.mark.skipif(
    not hasattr(app_settings, "REAUTHENTICATION_METHODS"),
    reason="allauth lets users pass who cannot reauthenticate",
)


class LenientAdapter(DefaultAccountAdapter):
    """Asks no user to reauthenticate before an account is connected."""

    def is_reauthentication_required(self, *, app, **kwargs):
        return app != "allauth.socialaccount"


@pytest.fixture(params=SETTINGS)
def required(request, settings):
    setattr(settings, request.param, True)


@pytest.fixture
def noah(send_code):
    """A user with TikTok alone."""
    send_code("noah")
    return User.objects.get()


def headless_connect(client, tiktok):
    token = {"client_id": DRAMA, "access_token": tiktok.issue_code(DRAMA, "mia")}
    body = {"provider": "ttminis", "process": "connect", "token": token}
    url = "/_allauth/browser/v1/auth/provider/token"
    return client.post(url, body, content_type="application/json")


def steps(response):
    return {flow["id"]: flow.get("url") for flow in response.json()["data"]["flows"]}


@asks_everybody
def test_a_user_who_has_only_tiktok_is_refused(required, noah, send_code):
    response = send_code("mia", process="connect")

    expected = (403, "reauthentication_impossible")
    assert (response.status_code, error_code(response)) == expected
    assert SocialAccount.objects.count() == 1


@asks_everybody
def test_a_headless_client_gets_the_reauthentication_error(
    required, noah, client, tiktok
):
    response = headless_connect(client, tiktok)

    expected = (400, "reauthentication_impossible")
    assert (response.status_code, error_code(response)) == expected


def test_a_user_who_has_only_tiktok_logs_in_again_all_the_same(
    required, noah, send_code
):
    assert send_code("noah").status_code == 200


def test_a_project_may_ask_no_user_to_reauthenticate(
    required, noah, send_code, settings
):
    settings.ACCOUNT_ADAPTER = f"{__name__}.LenientAdapter"

    assert send_code("mia", process="connect").status_code == 200


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("totp", "/accounts/2fa/reauthenticate/"),
        ("webauthn", None),  # its page is not among the URLs of the tests
    ],
)
def test_a_second_factor_is_named_with_its_page(
    settings, noah, send_code, client, kind, page
):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    Authenticator.objects.create(user=noah, type=kind, data={})

    response = send_code("mia", process="connect")

    assert response.status_code == 401
    assert steps(response) == {"mfa_reauthenticate": page}


def test_a_security_key_is_named_with_its_own_page(settings, noah, send_code):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    settings.ROOT_URLCONF = "tests.login.urls_with_keys"
    Authenticator.objects.create(user=noah, type="webauthn", data={})

    response = send_code("mia", process="connect")

    assert steps(response) == {"mfa_reauthenticate": "/key/"}


@asks_everybody
def test_a_code_by_mail_is_named_with_its_page(settings, noah, send_code, client):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    noah.emailaddress_set.create(email="noah@example.org", verified=True)

    response = send_code("mia", process="connect")

    (page,) = steps(response).values()
    assert list(steps(response)) == ["reauthenticate_by_code"]
    assert client.get(page).status_code == 200


def test_the_page_that_is_named_is_no_dead_end(settings, olga, send_code, client):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True

    response = send_code("mia", process="connect")

    page = steps(response)["reauthenticate"]
    assert client.get(page).status_code == 200


# The check.


def warned():
    return "ttminis_auth.W016" in {message.id for message in run_checks()}


@asks_everybody
def test_the_check_names_the_dead_end(required):
    assert warned()


@asks_everybody
def test_the_check_is_content_where_the_project_decides(required, settings):
    settings.ACCOUNT_ADAPTER = f"{__name__}.LenientAdapter"

    assert not warned()


def test_the_check_is_silent_where_no_user_is_asked():
    assert not warned()
