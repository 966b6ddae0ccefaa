"""The cookie that shows the page's script every logout."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from allauth.account.signals import user_logged_in
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from tests.test_checks import said
from tests.urls import urlpatterns as project_urlpatterns
from ttminis_auth.core import logouts
from ttminis_auth.middleware import TTMinisMiddleware

pytestmark = pytest.mark.django_db

COOKIE = "ttminis_logout"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse()


def change_places(request: HttpRequest) -> HttpResponse:
    """Log out, and in again at once, as a view that switches users does."""
    user = request.user
    logout(request)
    login(request, user, backend=BACKEND)  # type: ignore[arg-type]
    return HttpResponse()


urlpatterns = [
    path("own/leave/", leave),
    path("own/change/", change_places),
    *project_urlpatterns,
]


@pytest.fixture
def otto(settings: Any) -> User:
    settings.ROOT_URLCONF = __name__
    return get_user_model().objects.create_user("otto", password="otto")


@pytest.fixture
def browser(client: Client, otto: User) -> Client:
    client.force_login(otto, backend=BACKEND)
    return client


@pytest.mark.parametrize("address", ["/own/leave/", "/accounts/logout/"])
def test_each_logout_has_a_mark_of_its_own(browser: Client, address: str) -> None:
    marks = set()
    for _ in range(2):
        browser.post(address)
        marks.add(browser.cookies[COOKIE].value)
        browser.force_login(get_user_model().objects.get(), backend=BACKEND)
    assert len(marks) == 2
    assert all(len(mark) == 12 for mark in marks)


def test_page_without_a_logout_sets_no_mark(browser: Client) -> None:
    browser.get("/accounts/email/")
    assert COOKIE not in browser.cookies


def test_login_that_follows_in_the_same_request_is_no_logout(browser: Client) -> None:
    browser.post("/own/change/")
    assert COOKIE not in browser.cookies


def test_mark_can_be_read_by_scripts_and_goes_where_the_session_goes(
    browser: Client, settings: Any
) -> None:
    settings.SESSION_COOKIE_PATH = "/own/"
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    settings.SESSION_COOKIE_SECURE = True
    browser.post("/own/leave/")
    mark = browser.cookies[COOKIE]
    assert (mark["path"], mark["samesite"]) == ("/own/", "Strict")
    assert (mark["secure"], mark["httponly"]) == (True, "")


async def answer_async(request: HttpRequest) -> HttpResponse:
    logouts.note(request)
    return HttpResponse()


def test_mark_is_set_under_asgi_too(rf: RequestFactory) -> None:
    answer: Any = TTMinisMiddleware(answer_async)(rf.get("/"))
    assert COOKIE in asyncio.run(answer).cookies


def test_page_that_tiktok_hosts_gets_no_cookie(otto: User, client: Client) -> None:
    url = "/_allauth/app/v1/auth/"
    who = {"username": "otto", "password": "otto"}
    kind = "application/json"
    answer = client.post(f"{url}login", who, content_type=kind)
    token = answer.json()["meta"]["session_token"]
    answer = client.delete(f"{url}session", headers={"X-Session-Token": token})
    assert (answer.status_code, dict(answer.cookies)) == (401, {})


def test_logout_that_the_script_has_noted_needs_no_mark(browser: Client) -> None:
    browser.post("/own/leave/", headers={"X-TTMinis-Logout": "noted"})
    assert COOKIE not in browser.cookies


def test_logout_without_a_request_concerns_no_page(otto: User) -> None:
    user_logged_out.send(sender=User, request=None, user=otto)


def test_refused_login_is_no_logout(
    client: Client, tiktok: Any, otto: User, request: pytest.FixtureRequest
) -> None:
    def refuse(**kwargs: Any) -> None:
        raise PermissionDenied

    user_logged_in.connect(refuse)
    request.addfinalizer(lambda: user_logged_in.disconnect(refuse))
    code = tiktok.issue_code("mnsimdrama000001")
    answer = client.post(
        "/accounts/ttminis/login/code/", {"code": code}, "application/json"
    )
    assert (answer.status_code, COOKIE in answer.cookies) == (403, False)


def test_check_asks_for_the_middleware(settings: Any) -> None:
    assert "ttminis_auth.W018" not in [message.id for message in said()]
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    assert "ttminis_auth.W018" in [message.id for message in said()]
