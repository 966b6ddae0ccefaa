"""A silent login that a busy server turns away comes back by itself, within limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from .conftest import Visit

pytestmark = pytest.mark.browser

BUSY = {"status": 503, "errors": [{"code": "tiktok_unavailable", "message": "Later."}]}
Server = Callable[..., list[str]]


@pytest.fixture
def busy(visit: Visit) -> Server:
    """A server that turns the next logins away, and keeps what was asked of it."""
    visit.refusals_expected = True
    visit.page.clock.install()
    visit.page.add_init_script("Math.random = () => 0.5")

    def turn_away(
        times: int = 9, retry_after: str = "10", status: int = 503, **more: Any
    ) -> list[str]:
        asked: list[str] = []
        headers = {"Retry-After": retry_after, "Access-Control-Allow-Origin": "*"}
        headers["Access-Control-Expose-Headers"] = "Retry-After"

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(status=status, headers=headers, **(more or {"json": BUSY}))

        visit.page.route("**/code/", answer, times=times)
        return asked

    return turn_away


def wait(visit: Visit, seconds: int) -> None:
    visit.page.clock.run_for(seconds * 1000)


def test_silent_login_comes_back_after_the_wait_and_a_random_part(
    visit: Visit, busy: Server
) -> None:
    busy(times=1)
    visit.open()
    assert visit.event("error")["retryAfter"] == 10
    wait(visit, 13)
    assert visit.sdk_calls() == 1
    wait(visit, 3)
    assert visit.event("login")["changed"] is True
    assert visit.event_names() == ["error", "login"]


def test_ready_does_not_wait_for_a_login_that_comes_back(
    visit: Visit, busy: Server
) -> None:
    busy()
    visit.open()
    visit.ready()
    assert visit.event_names() == ["error"]


def test_silent_login_comes_back_three_times_and_later_each_time(
    visit: Visit, busy: Server
) -> None:
    asked = busy()
    visit.open()
    for count, seconds in enumerate((15, 20, 30), 1):
        visit.event("error", count=count)
        wait(visit, seconds - 2)
        assert len(asked) == count
        wait(visit, 3)
    visit.event("error", count=4)
    wait(visit, 600)
    assert len(asked) == 4


# Retry-After, status and the rest of the answer.
UNDERSTOOD: list[tuple[str, int, dict[str, Any]]] = [
    ("10", 429, {}),
    ("10", 503, {"body": "<h1>Busy</h1>"}),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 503, {}),
    ("0", 503, {}),
]
IGNORED = [("61", 503), ("", 503), ("soon", 503), ("-5", 503), ("10", 500), ("10", 403)]


def test_seconds_and_dates_are_understood(visit: Visit, busy: Server) -> None:
    for retry_after, status, more in UNDERSTOOD:
        busy(1, retry_after, status, **more)
        visit.open()
        visit.event("error")
        wait(visit, 16)
        visit.event("login")


def test_login_does_not_come_back_without_a_short_wait_of_a_busy_server(
    visit: Visit, busy: Server
) -> None:
    for retry_after, status in IGNORED:
        busy(1, retry_after, status)
        visit.open()
        visit.event("error")
        wait(visit, 600)
        assert visit.sdk_calls() == 1, (retry_after, status)


def test_login_that_was_pressed_does_not_come_back(visit: Visit, busy: Server) -> None:
    asked = busy()
    visit.open("/stage/?quiet")
    visit.page.click("[data-ttminis=login]")
    visit.event("error")
    wait(visit, 600)
    assert len(asked) == 1


def test_visitor_who_presses_the_button_is_not_retried_for(
    visit: Visit, busy: Server
) -> None:
    busy(times=1)
    visit.open()
    visit.event("error")
    visit.page.click("[data-ttminis=login]")
    visit.event("login")
    wait(visit, 600)
    assert visit.sdk_calls() == 2


def test_page_that_shows_again_keeps_to_the_wait(visit: Visit, busy: Server) -> None:
    busy(times=1)
    visit.open()
    visit.event("error")
    visit.page.evaluate("window.show()")
    wait(visit, 1)
    assert visit.sdk_calls() == 1


def test_logout_ends_the_wait(visit: Visit, busy: Server) -> None:
    busy(times=1)
    visit.open()
    visit.event("error")
    visit.page.evaluate("TTMinisAuth.logout()")
    wait(visit, 600)
    assert visit.sdk_calls() == 1


def test_hosted_page_may_read_the_wait(hosted: Visit, tiktok: Any) -> None:
    tiktok.order_fault("rate_limited", retry_after=7)
    hosted.refusals_expected = True
    hosted.open("/")
    assert hosted.event("error")["retryAfter"] == 7
