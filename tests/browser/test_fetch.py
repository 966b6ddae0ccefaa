"""`TTMinisAuth.fetch`: the CSRF token at home, nothing of it abroad, one re-login."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from playwright.sync_api import Request, Route

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


def test_one_persons_write_is_not_repeated_for_another(
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
