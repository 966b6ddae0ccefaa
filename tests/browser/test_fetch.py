"""`TTMinisAuth.fetch` sends the CSRF token to its own site, and logs in again once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from playwright.sync_api import Request, Response, Route

from .conftest import Visit

pytestmark = pytest.mark.browser

POST_NOTE = "TTMinisAuth.fetch('/api/note/', {method: 'POST', body: 'hello'})"
GET_NOTE = "TTMinisAuth.fetch('/api/note/')"
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}


@pytest.fixture
def page(visit: Visit) -> Visit:
    """A page that mia is logged in to."""
    visit.open()
    visit.ready()
    return visit


@pytest.fixture
def foreign_requests(visit: Visit) -> list[Request]:
    """The requests that reach another origin, which allows every header."""
    requests: list[Request] = []

    def take(route: Route) -> None:
        requests.append(route.request)
        route.fulfill(body="{}", headers=CORS)

    visit.page.route("https://elsewhere.example/**", take)
    return requests


def status(visit: Visit, expression: str) -> Any:
    return visit.page.evaluate(f"{expression}.then((r) => r.status, (e) => e.name)")


def test_a_write_after_the_login_has_the_new_csrf_token(page: Visit) -> None:
    answer = page.page.evaluate(f"{POST_NOTE}.then((response) => response.json())")
    assert answer == {"user": get_user_model().objects.get().pk, "text": "hello"}


def test_a_write_to_another_origin_has_no_csrf_token(
    page: Visit, foreign_requests: list[Request]
) -> None:
    request = "TTMinisAuth.fetch('https://elsewhere.example/take', {method: 'POST'})"
    assert status(page, request) == 200
    assert "x-csrftoken" not in foreign_requests[0].headers


def test_a_redirect_to_another_origin_is_not_followed(
    page: Visit, foreign_requests: list[Request]
) -> None:
    page.refusals_expected = True
    bounce = "TTMinisAuth.fetch('/api/bounce/', {method: 'POST'})"
    assert status(page, bounce) == "TypeError"
    assert foreign_requests == []
    page.noise.clear()


def test_an_ended_session_is_replaced_silently(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    answer = page.page.evaluate(f"{POST_NOTE}.then((response) => response.json())")
    assert answer["text"] == "hello"
    assert page.sdk_calls() == 2


def test_parallel_requests_share_one_new_login(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    three = f"Promise.all([{GET_NOTE}, {GET_NOTE}, {POST_NOTE}])"
    statuses = page.page.evaluate(f"{three}.then((all) => all.map((r) => r.status))")
    assert statuses == [200, 200, 200]
    assert page.sdk_calls() == 2


def test_a_late_answer_does_not_delete_the_new_session_cookie(page: Visit) -> None:
    """Django deletes the cookie of an expired session with each answer."""
    routes: list[Route] = []
    page.page.route(re.compile(r"/note/\?late$"), lambda r: routes.append(r), times=1)
    page.page.evaluate("() => { window.late = TTMinisAuth.fetch('/api/note/?late'); }")
    late = page.caught(routes)
    Session.objects.all().delete()
    page.refusals_expected = True
    page.page.evaluate(f"() => {{ window.note = {GET_NOTE}; }}")
    page.page.wait_for_timeout(300)
    assert page.sdk_calls() == 1
    headers = {"Set-Cookie": "sessionid=; Max-Age=0; Path=/"}
    late.fulfill(status=401, headers=headers)
    assert [status(page, f"window.{each}") for each in ("note", "late")] == [200, 200]
    assert page.sdk_calls() == 2


def test_a_write_is_not_repeated_for_another_user(page: Visit, tiktok: Any) -> None:
    other_code = tiktok.issue_code("mnsimdrama000001", "noah")
    page.page.evaluate(
        "code => { TTMinis.login = (options) => options.success({code}); }", other_code
    )
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 401
    assert page.event("login", count=2)["changed"] is True


def test_repeated_401_answers_stop_new_logins(page: Visit) -> None:
    page.refusals_expected = True
    for _ in range(5):
        assert status(page, "TTMinisAuth.fetch('/api/401/')") == 401
    assert page.sdk_calls() == 1 + 3


def test_a_failed_new_login_returns_the_first_answer(page: Visit) -> None:
    Session.objects.all().delete()
    page.page.evaluate("() => { TTMinis.login = () => { throw new Error('gone'); }; }")
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 401


def test_fetch_after_a_logout_does_not_log_in_again(page: Visit) -> None:
    page.page.evaluate("TTMinisAuth.logout()")
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 401
    assert page.sdk_calls() == 1


def test_a_write_waits_for_a_running_login(visit: Visit) -> None:
    """The login changes Django's CSRF token; its answer has the new one."""
    routes: list[Route] = []
    notes: list[Response] = []
    visit.page.route("**/login/code/", lambda route: routes.append(route))
    visit.page.on("response", lambda r: "/note/" in r.url and notes.append(r))
    visit.open()
    login = visit.caught(routes)
    answer = login.fetch()
    visit.page.evaluate(f"() => {{ window.note = {POST_NOTE}; }}")
    login.fulfill(response=answer)
    assert status(visit, "window.note") == 200
    assert [note.status for note in notes] == [200]


def test_a_write_refused_during_a_login_is_sent_again(visit: Visit) -> None:
    routes: list[Route] = []
    visit.hold()
    visit.page.route("**/api/note/", lambda route: routes.append(route), times=1)
    visit.open()
    visit.until("window.__sdkCalls > 0")
    visit.page.evaluate(f"() => {{ window.note = {POST_NOTE}; }}")
    note = visit.caught(routes)
    visit.release()
    visit.event("login")
    visit.refusals_expected = True
    note.fulfill(status=403)
    assert status(visit, "window.note") == 200


def test_a_forbidden_write_is_not_repeated(page: Visit) -> None:
    sent: list[str] = []

    def refuse(route: Route) -> None:
        sent.append(route.request.url)
        route.fulfill(status=403)

    page.page.route("**/api/note/", refuse)
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 403
    assert len(sent) == 1


def test_a_failed_new_login_does_not_repeat_the_request(page: Visit) -> None:
    sent: list[str] = []
    page.page.on("request", lambda request: sent.append(request.url))
    Session.objects.all().delete()
    page.page.evaluate("() => { TTMinis.login = () => { throw new Error('gone'); }; }")
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 401
    assert len(sent) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fetch_respects_the_referrer_policy(page: Visit, method: str) -> None:
    with page.page.expect_request("**/api/note/") as request:
        page.page.evaluate(
            "(method) => void TTMinisAuth.fetch("
            "'/api/note/', {method, referrerPolicy: 'no-referrer'})",
            method,
        )
    assert "referer" not in request.value.all_headers()
