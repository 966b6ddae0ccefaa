"""What the endpoint of TikTok-hosted pages accepts: JSON alone."""

import json
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client

from tests.endpoints.hosted.hosted_page import JSON, STRANGER, HostedPage, origin_of
from tests.endpoints.test_views import TestRefusals as RefusalsOfTheSessionFace
from tests.endpoints.test_views import post as post  # a fixture
from tests.endpoints.test_views import untouched as untouched  # a fixture
from tests.fixtures import DRAMA, GAME, error_code

pytestmark = pytest.mark.django_db

User = get_user_model()
FORM = "application/x-www-form-urlencoded"


class TestRefusals(RefusalsOfTheSessionFace):
    """Each of the session face's, and what only this one refuses."""

    @pytest.fixture(autouse=True)
    def _no_session(self, db):
        yield
        assert not Session.objects.exists()

    test_without_a_csrf_token = None  # not needed here

    @pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=x"])
    def test_a_form(self, post, content_type):
        response = post(urlencode({"code": "c"}), content_type=content_type)

        assert (response.status_code, error_code(response)) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "origin",
        [STRANGER, "null", "", "https://testserver", f"{origin_of(DRAMA)}:443"],
    )
    def test_another_page(self, code_url, origin):
        response = HostedPage(origin).post(code_url, {"code": "c"}, content_type=JSON)

        assert (response.status_code, error_code(response)) == (403, "origin_refused")

    def test_a_page_that_is_named_twice(self, code_url):
        twice = HostedPage(f"{origin_of(DRAMA)},{origin_of(DRAMA)}")

        response = twice.post(code_url, {"code": "c"}, content_type=JSON)

        assert error_code(response) == "origin_refused"

    def test_no_page_at_all(self, code_url):
        response = HostedPage(None).post(code_url, {"code": "c"}, content_type=JSON)

        assert (response.status_code, error_code(response)) == (403, "origin_refused")

    def test_our_other_app_s_page(self, code_url, two_apps):
        """Whose code this is, TikTok would say; the page has no business with it."""
        bundle = HostedPage(origin_of(GAME))

        body = {"code": "c", "client_key": DRAMA}
        response = bundle.post(code_url, body, content_type=JSON)

        assert error_code(response) == "origin_refused"


def test_a_stranger_s_page_does_not_spend_the_code(client, code_url, tiktok):
    body = {"code": tiktok.issue_code(DRAMA, "mia")}

    HostedPage(STRANGER).post(code_url, body, content_type=JSON)

    assert client.post(code_url, body, content_type=JSON).status_code == 200


def test_a_stranger_s_page_learns_nothing_about_a_session(client, send_code):
    send_code("mia")

    spy = HostedPage(STRANGER, token=client.token)
    response = send_code("mia", by=spy)

    assert "data" not in response.json()
    assert "Access-Control-Allow-Origin" not in response


def test_missing_origin_is_allowed_where_a_setting_says_so(send_code, settings):
    """As a native mini game is."""
    settings.TTMINIS_ALLOW_MISSING_ORIGIN = True

    assert send_code("mia", by=HostedPage(None)).status_code == 200


@pytest.mark.parametrize("origin", [STRANGER, "null", ""])
def test_setting_for_a_missing_origin_allows_no_other_page(send_code, settings, origin):
    settings.TTMINIS_ALLOW_MISSING_ORIGIN = True

    assert error_code(send_code("mia", by=HostedPage(origin))) == "origin_refused"


def test_a_key_with_capitals_has_its_page(send_code, settings, tiktok):
    tiktok.add_app("MnSimCapitals001", "a-secret")
    apps = [{"client_id": "MnSimCapitals001", "secret": "a-secret"}]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}
    code = tiktok.issue_code("MnSimCapitals001", "mia")

    response = send_code(code=code, by=HostedPage(origin_of("MnSimCapitals001")))

    assert response.status_code == 200


def test_the_address_of_the_face_may_not_be_read_with_a_code(client, code_url):
    assert client.get(f"{code_url}?code=c").status_code == 405


def test_a_client_that_enforces_csrf_needs_no_token(send_code):
    assert send_code("mia", by=HostedPage(enforce_csrf_checks=True)).status_code == 200


def test_a_csrf_cookie_is_not_asked_about(send_code):
    bundle = HostedPage(enforce_csrf_checks=True)
    bundle.cookies["csrftoken"] = "c" * 32

    assert send_code("mia", by=bundle).status_code == 200


def test_a_login_wall_does_not_stop_a_code(send_code, install):
    install(
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        after="django.contrib.auth.middleware.AuthenticationMiddleware",
    )

    assert send_code("mia").status_code == 200


def test_a_browser_without_an_origin_is_no_bundle(code_url, tiktok):
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
