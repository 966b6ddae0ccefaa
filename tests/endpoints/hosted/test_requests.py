"""Requests of TikTok-hosted pages: only JSON, else as at the same-origin endpoint."""

import json
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client

from tests.endpoints.hosted.hosted_page import (
    FOREIGN_ORIGIN,
    JSON,
    HostedPage,
    origin_of,
)
from tests.endpoints.test_views import TestRefusals as SameOriginRefusals
from tests.endpoints.test_views import _no_effect as _no_effect  # a fixture
from tests.endpoints.test_views import post as post  # a fixture
from tests.fixtures import DRAMA, GAME, error_code

pytestmark = pytest.mark.django_db

User = get_user_model()
FORM = "application/x-www-form-urlencoded"


class TestRefusals(SameOriginRefusals):
    """The refusals of the same-origin endpoint, and those of this endpoint only."""

    @pytest.fixture(autouse=True)
    def _no_session(self, db):
        yield
        assert not Session.objects.exists()

    test_a_request_without_a_csrf_token_is_refused = None  # none is needed here

    @pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=x"])
    def test_a_form_is_refused(self, post, content_type):
        response = post(urlencode({"code": "c"}), content_type=content_type)

        assert (response.status_code, error_code(response)) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "origin",
        [FOREIGN_ORIGIN, "null", "", "https://testserver", f"{origin_of(DRAMA)}:443"],
    )
    def test_a_page_of_another_origin_is_refused(self, code_url, origin):
        response = HostedPage(origin).post(code_url, {"code": "c"}, content_type=JSON)

        assert (response.status_code, error_code(response)) == (403, "origin_refused")

    def test_an_origin_sent_twice_is_refused(self, code_url):
        twice = HostedPage(f"{origin_of(DRAMA)},{origin_of(DRAMA)}")

        response = twice.post(code_url, {"code": "c"}, content_type=JSON)

        assert error_code(response) == "origin_refused"

    def test_a_missing_origin_is_refused(self, code_url):
        response = HostedPage(None).post(code_url, {"code": "c"}, content_type=JSON)

        assert (response.status_code, error_code(response)) == (403, "origin_refused")

    def test_the_page_of_another_of_our_apps_is_refused(self, code_url, two_apps):
        """TikTok would accept the code, but the page belongs to another app."""
        page = HostedPage(origin_of(GAME))

        body = {"code": "c", "client_key": DRAMA}
        response = page.post(code_url, body, content_type=JSON)

        assert error_code(response) == "origin_refused"


def test_a_refused_page_does_not_spend_the_code(client, code_url, tiktok):
    body = {"code": tiktok.issue_code(DRAMA, "mia")}

    HostedPage(FOREIGN_ORIGIN).post(code_url, body, content_type=JSON)

    assert client.post(code_url, body, content_type=JSON).status_code == 200


def test_a_refused_page_gets_no_data_of_a_session(client, send_code):
    send_code("mia")

    attacker = HostedPage(FOREIGN_ORIGIN, token=client.token)
    response = send_code("mia", by=attacker)

    assert "data" not in response.json()
    assert "Access-Control-Allow-Origin" not in response


def test_ttminis_allow_missing_origin_allows_a_missing_origin(send_code, settings):
    """A native mini game sends no Origin."""
    settings.TTMINIS_ALLOW_MISSING_ORIGIN = True

    assert send_code("mia", by=HostedPage(None)).status_code == 200


@pytest.mark.parametrize("origin", [FOREIGN_ORIGIN, "null", ""])
def test_ttminis_allow_missing_origin_allows_no_other_origin(
    send_code, settings, origin
):
    settings.TTMINIS_ALLOW_MISSING_ORIGIN = True

    assert error_code(send_code("mia", by=HostedPage(origin))) == "origin_refused"


def test_an_app_with_capitals_in_its_client_key_can_log_in(send_code, settings, tiktok):
    tiktok.add_app("MnSimCapitals001", "a-secret")
    apps = [{"client_id": "MnSimCapitals001", "secret": "a-secret"}]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}
    code = tiktok.issue_code("MnSimCapitals001", "mia")

    response = send_code(code=code, by=HostedPage(origin_of("MnSimCapitals001")))

    assert response.status_code == 200


def test_a_get_request_with_a_code_is_refused(client, code_url):
    assert client.get(f"{code_url}?code=c").status_code == 405


def test_a_client_that_enforces_csrf_needs_no_token(send_code):
    assert send_code("mia", by=HostedPage(enforce_csrf_checks=True)).status_code == 200


def test_a_csrf_cookie_is_ignored(send_code):
    page = HostedPage(enforce_csrf_checks=True)
    page.cookies["csrftoken"] = "c" * 32

    assert send_code("mia", by=page).status_code == 200


def test_a_login_passes_loginrequiredmiddleware(send_code, install):
    install(
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        after="django.contrib.auth.middleware.AuthenticationMiddleware",
    )

    assert send_code("mia").status_code == 200


def test_a_browser_without_an_origin_is_refused(code_url, tiktok):
    body = json.dumps({"code": tiktok.issue_code(DRAMA, "mia")})

    response = Client().post(code_url, body, content_type=JSON)

    assert response.status_code == 403


def test_too_many_rejected_codes_get_a_retry_after(client, code_url, tiktok, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    body = {"code": "made up"}
    HostedPage().post(code_url, body, content_type=JSON)

    response = client.post(code_url, body, content_type=JSON)

    assert (response.status_code, error_code(response)) == (429, "rate_limited")
    assert int(response["Retry-After"]) > 0
