"""`TTMinisAuth.fetch`: the CSRF token at home, nothing of it abroad, one re-login."""

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
def abroad(visit: Visit) -> list[Request]:
    """The requests that reach another origin, which allows every header."""
    requests: list[Request] = []

    def take(route: Route) -> None:
        requests.append(route.request)
        route.fulfill(body="{}", headers=CORS)

    visit.page.route("https://elsewhere.example/**", take)
    return requests


def status(visit: Visit, expression: str) -> Any:
    return visit.page.evaluate(f"{expression}.then((r) => r.status, (e) => e.name)")


def test_write_after_the_login_carries_the_fresh_token(page: Visit) -> None:
    answer = page.page.evaluate(f"{POST_NOTE}.then((response) => response.json())")
    assert answer == {"user": get_user_model().objects.get().pk, "text": "hello"}


def test_write_to_another_origin_goes_without_the_token(
    page: Visit, abroad: list[Request]
) -> None:
    there = "TTMinisAuth.fetch('https://elsewhere.example/take', {method: 'POST'})"
    assert status(page, there) == 200
    assert "x-csrftoken" not in abroad[0].headers


def test_redirect_does_not_carry_the_token_away(
    page: Visit, abroad: list[Request]
) -> None:
    page.refusals_expected = True
    bounce = "TTMinisAuth.fetch('/api/bounce/', {method: 'POST'})"
    assert status(page, bounce) == "TypeError"
    assert abroad == []
    page.noise.clear()


def test_lost_session_is_renewed_without_a_word(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    answer = page.page.evaluate(f"{POST_NOTE}.then((response) => response.json())")
    assert answer["text"] == "hello"
    assert page.sdk_calls() == 2


def test_requests_at_the_same_time_share_the_renewal(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    three = f"Promise.all([{GET_NOTE}, {GET_NOTE}, {POST_NOTE}])"
    statuses = page.page.evaluate(f"{three}.then((all) => all.map((r) => r.status))")
    assert statuses == [200, 200, 200]
    assert page.sdk_calls() == 2


def test_late_answer_does_not_take_the_new_session_away(page: Visit) -> None:
    """Django deletes the cookie of a dead session with each answer."""
    held: list[Route] = []
    page.page.route(re.compile(r"/note/\?late$"), lambda r: held.append(r), times=1)
    page.page.evaluate("() => { window.late = TTMinisAuth.fetch('/api/note/?late'); }")
    late = page.caught(held)
    Session.objects.all().delete()
    page.refusals_expected = True
    page.page.evaluate(f"() => {{ window.note = {GET_NOTE}; }}")
    page.page.wait_for_timeout(300)
    assert page.sdk_calls() == 1
    taken = {"Set-Cookie": "sessionid=; Max-Age=0; Path=/"}
    late.fulfill(status=401, headers=taken)
    assert [status(page, f"window.{each}") for each in ("note", "late")] == [200, 200]
    assert page.sdk_calls() == 2


def test_write_of_one_user_is_not_repeated_for_another(
    page: Visit, tiktok: Any
) -> None:
    stranger = tiktok.issue_code("mnsimdrama000001", "noah")
    page.page.evaluate(
        "code => { TTMinis.login = (options) => options.success({code}); }", stranger
    )
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 401
    assert page.event("login", count=2)["changed"] is True


def test_endless_401_stops_asking_the_sdk(page: Visit) -> None:
    page.refusals_expected = True
    for _ in range(5):
        assert status(page, "TTMinisAuth.fetch('/api/401/')") == 401
    assert page.sdk_calls() == 1 + 3


def test_failed_renewal_gives_the_first_answer(page: Visit) -> None:
    Session.objects.all().delete()
    page.page.evaluate("() => { TTMinis.login = () => { throw new Error('gone'); }; }")
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 401


def test_person_who_logged_out_is_not_brought_back(page: Visit) -> None:
    page.page.evaluate("TTMinisAuth.logout()")
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 401
    assert page.sdk_calls() == 1


def test_write_waits_while_a_code_is_on_its_way(visit: Visit) -> None:
    """The login changes Django's CSRF token, and its answer brings the new one."""
    held: list[Route] = []
    notes: list[Response] = []
    visit.page.route("**/login/code/", lambda route: held.append(route))
    visit.page.on("response", lambda r: "/note/" in r.url and notes.append(r))
    visit.open()
    login = visit.caught(held)
    answer = login.fetch()
    visit.page.evaluate(f"() => {{ window.note = {POST_NOTE}; }}")
    login.fulfill(response=answer)
    assert status(visit, "window.note") == 200
    assert [note.status for note in notes] == [200]


def test_write_that_a_login_overtook_is_sent_again(visit: Visit) -> None:
    held: list[Route] = []
    visit.hold()
    visit.page.route("**/api/note/", lambda route: held.append(route), times=1)
    visit.open()
    visit.until("window.__sdkCalls > 0")
    visit.page.evaluate(f"() => {{ window.note = {POST_NOTE}; }}")
    note = visit.caught(held)
    visit.release()
    visit.event("login")
    visit.refusals_expected = True
    note.fulfill(status=403)
    assert status(visit, "window.note") == 200


def test_forbidden_write_is_not_repeated(page: Visit) -> None:
    sent: list[str] = []

    def refuse(route: Route) -> None:
        sent.append(route.request.url)
        route.fulfill(status=403)

    page.page.route("**/api/note/", refuse)
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 403
    assert len(sent) == 1


def test_failed_renewal_is_not_followed_by_the_request(page: Visit) -> None:
    sent: list[str] = []
    page.page.on("request", lambda request: sent.append(request.url))
    Session.objects.all().delete()
    page.page.evaluate("() => { TTMinis.login = () => { throw new Error('gone'); }; }")
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 401
    assert len(sent) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_request_sends_no_referrer_if_it_must_not(page: Visit, method: str) -> None:
    with page.page.expect_request("**/api/note/") as request:
        page.page.evaluate(
            "(method) => void TTMinisAuth.fetch("
            "'/api/note/', {method, referrerPolicy: 'no-referrer'})",
            method,
        )
    assert "referer" not in request.value.all_headers()
