"""What browsers let a TikTok-hosted page do, through django-cors-headers."""

import gc

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from tests.databases import connection
from tests.endpoints.hosted.hosted_page import (
    JSON,
    ORIGIN,
    SESSION,
    STRANGER,
    origin_of,
)
from tests.fixtures import DRAMA, GAME

pytestmark = pytest.mark.django_db

ALLOWED = "Access-Control-Allow-Origin"
APP_CODE = "/accounts/ttminis/app/code/"
OURS = [
    APP_CODE,
    SESSION,
    "/_allauth/app/v1/auth/provider/signup",
    "/_allauth/app/v1/auth/2fa/authenticate",
    "/_allauth/app/v1/tokens/refresh",
    "/_allauth/app/v1/config",
]
FOREIGN = [
    "/",
    "/admin/",
    "/api/plain",
    "/accounts/login/",
    "/accounts/ttminis/login/",
    "/accounts/ttminis/login/code/",
    "/_allauth/browser/v1/auth/session",
    "/_allauth/browser/v1/auth/provider/token",
    "/nowhere/accounts/ttminis/app/code/",
    "//accounts/ttminis/app/code/",
]
STRANGERS = {
    "another developer's": STRANGER,
    "null": "null",
    "http": ORIGIN.replace("https", "http"),
    "a port": f"{ORIGIN}:8443",
    "below another": f"{ORIGIN}.evil.example",
    "any page": "https://evil.example",
    "this site": "https://testserver",
    "empty": "",
    "unreadable": "https://[::1",
}


def preflight(path, origin=ORIGIN, method="POST", headers="x-session-token", **more):
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }
    return Client().options(path, headers=asked | more)


@pytest.mark.parametrize("path", OURS)
def test_a_preflight_of_our_bundle_is_answered(path):
    response = preflight(path)

    assert response.status_code == 200
    assert response[ALLOWED] == ORIGIN
    assert "x-session-token" in response["Access-Control-Allow-Headers"]
    assert "content-type" in response["Access-Control-Allow-Headers"]
    assert {"POST", "DELETE"} <= set(
        response["Access-Control-Allow-Methods"].split(", ")
    )


def test_no_cookie_is_asked_for():
    assert "Access-Control-Allow-Credentials" not in preflight(APP_CODE)


def test_answer_varies_by_origin_for_caches():
    assert "origin" in preflight(APP_CODE)["Vary"].lower()


@pytest.mark.parametrize("path", FOREIGN)
def test_a_preflight_for_a_foreign_path_is_not(path):
    assert ALLOWED not in preflight(path)


@pytest.mark.parametrize("path", [APP_CODE, SESSION])
@pytest.mark.parametrize("origin", STRANGERS.values(), ids=STRANGERS)
def test_a_preflight_of_a_foreign_page_is_not(path, origin):
    assert ALLOWED not in preflight(path, origin)


def test_a_preflight_needs_no_login(install):
    install(
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        after="django.contrib.auth.middleware.AuthenticationMiddleware",
    )

    assert preflight(APP_CODE)[ALLOWED] == ORIGIN


def test_a_preflight_with_a_dead_token_is_answered():
    """No browser sends one along; no error of ours would help it."""
    response = preflight(APP_CODE, **{"x-session-token": "gone"})

    assert response.status_code == 200


@pytest.mark.parametrize("key", [DRAMA, GAME])
def test_each_of_our_apps_is_answered(two_apps, key):
    assert preflight(APP_CODE, origin_of(key))[ALLOWED] == origin_of(key)


def test_the_project_s_own_paths_are_those_it_lists(settings):
    settings.TTMINIS_CORS_PATHS = ("/api/",)

    assert preflight("/api/plain")[ALLOWED] == ORIGIN
    assert ALLOWED not in preflight("/api/plain", STRANGER)
    assert ALLOWED not in preflight("/admin/")


def test_the_answers_themselves_may_be_read(send_code, client):
    assert send_code("mia")[ALLOWED] == ORIGIN
    assert client.get(SESSION)[ALLOWED] == ORIGIN


def test_a_refusal_may_be_read(client, code_url):
    """Or the script would know nothing but that it failed."""
    response = client.post(code_url, {"code": ""}, content_type=JSON)

    assert (response.status_code, response[ALLOWED]) == (400, ORIGIN)


def test_the_answer_for_an_ended_session_may_be_read(client, code_url):
    client.token = "gone"
    response = client.post(code_url, {"code": "x"}, content_type=JSON)

    assert (response.status_code, response[ALLOWED]) == (410, ORIGIN)


def test_a_project_without_the_headless_urls_has_its_code(settings):
    settings.ROOT_URLCONF = "tests.endpoints.hosted.urls_without_headless"

    assert preflight(APP_CODE)[ALLOWED] == ORIGIN
    assert ALLOWED not in preflight(SESSION)


def test_site_without_our_urls_allows_the_origins_that_it_lists(settings):
    settings.ROOT_URLCONF = "tests.login.urls_without_pages"
    settings.TTMINIS_CORS_PATHS = ("/api/",)

    assert preflight("/api/plain")[ALLOWED] == ORIGIN
    assert ALLOWED not in preflight(APP_CODE)


# What it costs.


def statements(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_a_preflight_for_an_app_in_the_settings_costs_no_statement():
    assert statements(lambda: preflight(APP_CODE)) == 0


@pytest.mark.parametrize("path", ["/api/plain", "/nowhere"])
def test_elsewhere_it_costs_none(path):
    assert statements(lambda: preflight(path)) == 0


def test_a_page_that_is_no_bundle_costs_none():
    assert statements(lambda: preflight(APP_CODE, "https://evil.example")) == 0


# Under ASGI, the middleware asks from within the event loop.


@pytest.fixture
def _hang_up():
    """Let go of the thread's connection here, where no test needs it.

    Django never closes one to a SQLite in memory. Python does, at some later moment,
    and from 3.13 on it warns of that.
    """
    yield
    gc.collect()


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.usefixtures("_hang_up")
@pytest.mark.parametrize(("origin", "answer"), [(ORIGIN, ORIGIN), (STRANGER, None)])
def test_an_event_loop_gets_the_same_answer(origin, answer):
    asked = {"origin": origin, "access-control-request-method": "POST"}

    response = async_to_sync(AsyncClient().options)(APP_CODE, headers=asked)

    assert response.status_code == 200
    assert response.get(ALLOWED) == answer


class Away(DefaultSocialAccountAdapter):
    """Finds no app, because the database is away."""

    def list_apps(self, *arguments, **options):
        raise OperationalError("the database is away")


def test_database_that_is_away_is_an_error_of_that_request(settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.Away"
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    client = AsyncClient(raise_request_exception=False)

    response = async_to_sync(client.options)(APP_CODE, headers=asked)

    assert response.status_code == 500
    assert isinstance(response.exc_info[1], OperationalError)
