"""CORS headers for TikTok-hosted pages, through django-cors-headers."""

import gc

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from tests.databases import connection
from tests.endpoints.hosted.hosted_page import (
    FOREIGN_ORIGIN,
    JSON,
    ORIGIN,
    SESSION,
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
FOREIGN_ORIGINS = {
    "another developer's": FOREIGN_ORIGIN,
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
def test_a_preflight_of_our_hosted_page_is_allowed(path):
    response = preflight(path)

    assert response.status_code == 200
    assert response[ALLOWED] == ORIGIN
    assert "x-session-token" in response["Access-Control-Allow-Headers"]
    assert "content-type" in response["Access-Control-Allow-Headers"]
    assert {"POST", "DELETE"} <= set(
        response["Access-Control-Allow-Methods"].split(", ")
    )


def test_a_preflight_does_not_allow_credentials():
    assert "Access-Control-Allow-Credentials" not in preflight(APP_CODE)


def test_answers_vary_by_origin():
    assert "origin" in preflight(APP_CODE)["Vary"].lower()


@pytest.mark.parametrize("path", FOREIGN)
def test_a_preflight_for_a_foreign_path_is_not_allowed(path):
    assert ALLOWED not in preflight(path)


@pytest.mark.parametrize("path", [APP_CODE, SESSION])
@pytest.mark.parametrize("origin", FOREIGN_ORIGINS.values(), ids=FOREIGN_ORIGINS)
def test_a_preflight_of_a_foreign_page_is_not_allowed(path, origin):
    assert ALLOWED not in preflight(path, origin)


def test_a_preflight_passes_loginrequiredmiddleware(install):
    install(
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        after="django.contrib.auth.middleware.AuthenticationMiddleware",
    )

    assert preflight(APP_CODE)[ALLOWED] == ORIGIN


def test_a_preflight_with_an_invalid_token_is_answered():
    """Browsers send no token in a preflight, and an error would not help them."""
    response = preflight(APP_CODE, **{"x-session-token": "gone"})

    assert response.status_code == 200


@pytest.mark.parametrize("key", [DRAMA, GAME])
def test_a_preflight_of_each_of_our_apps_is_allowed(two_apps, key):
    assert preflight(APP_CODE, origin_of(key))[ALLOWED] == origin_of(key)


def test_ttminis_cors_paths_allows_the_project_s_own_paths(settings):
    settings.TTMINIS_CORS_PATHS = ("/api/",)

    assert preflight("/api/plain")[ALLOWED] == ORIGIN
    assert ALLOWED not in preflight("/api/plain", FOREIGN_ORIGIN)
    assert ALLOWED not in preflight("/admin/")


def test_an_answer_has_the_cors_header(send_code, client):
    assert send_code("mia")[ALLOWED] == ORIGIN
    assert client.get(SESSION)[ALLOWED] == ORIGIN


def test_a_refusal_has_the_cors_header(client, code_url):
    """Without the header the script could not read the error."""
    response = client.post(code_url, {"code": ""}, content_type=JSON)

    assert (response.status_code, response[ALLOWED]) == (400, ORIGIN)


def test_the_answer_to_an_invalid_token_has_the_cors_header(client, code_url):
    client.token = "gone"
    response = client.post(code_url, {"code": "x"}, content_type=JSON)

    assert (response.status_code, response[ALLOWED]) == (410, ORIGIN)


def test_a_project_without_headless_urls_allows_our_endpoint(settings):
    settings.ROOT_URLCONF = "tests.endpoints.hosted.urls_without_headless"

    assert preflight(APP_CODE)[ALLOWED] == ORIGIN
    assert ALLOWED not in preflight(SESSION)


def test_a_project_without_our_urls_allows_only_its_own_paths(settings):
    settings.ROOT_URLCONF = "tests.login.urls_without_pages"
    settings.TTMINIS_CORS_PATHS = ("/api/",)

    assert preflight("/api/plain")[ALLOWED] == ORIGIN
    assert ALLOWED not in preflight(APP_CODE)


# Costs.


def statements(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_a_preflight_for_an_app_in_the_settings_costs_no_statement():
    assert statements(lambda: preflight(APP_CODE)) == 0


@pytest.mark.parametrize("path", ["/api/plain", "/nowhere"])
def test_a_preflight_for_other_paths_costs_no_statement(path):
    assert statements(lambda: preflight(path)) == 0


def test_a_preflight_of_any_other_site_costs_no_statement():
    assert statements(lambda: preflight(APP_CODE, "https://evil.example")) == 0


# Under ASGI, the middleware runs in the event loop.


@pytest.fixture
def _close_connection():
    """Close the thread's connection here, where its warning is ignored.

    Django never closes a connection to SQLite in memory. Python does so at some later
    moment, and from 3.13 on it warns of that.
    """
    yield
    gc.collect()


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.usefixtures("_close_connection")
@pytest.mark.parametrize(
    ("origin", "answer"), [(ORIGIN, ORIGIN), (FOREIGN_ORIGIN, None)]
)
def test_a_preflight_under_asgi_gets_the_same_answer(origin, answer):
    asked = {"origin": origin, "access-control-request-method": "POST"}

    response = async_to_sync(AsyncClient().options)(APP_CODE, headers=asked)

    assert response.status_code == 200
    assert response.get(ALLOWED) == answer


class UnreachableDatabase(DefaultSocialAccountAdapter):
    """Raise as if the database could not be reached."""

    def list_apps(self, *arguments, **options):
        raise OperationalError("the database cannot be reached")


def test_an_unreachable_database_is_a_500_of_the_preflight(settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.UnreachableDatabase"
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    client = AsyncClient(raise_request_exception=False)

    response = async_to_sync(client.options)(APP_CODE, headers=asked)

    assert response.status_code == 500
    assert isinstance(response.exc_info[1], OperationalError)
