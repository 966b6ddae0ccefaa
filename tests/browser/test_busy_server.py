"""A silent login that a busy server refuses is retried automatically, within limits."""

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
    """Let the server refuse the next logins; return the list of their URLs."""
    visit.refusals_expected = True
    visit.page.clock.install()
    visit.page.add_init_script("Math.random = () => 0.5")

    def refuse_logins(
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

    return refuse_logins


def wait(visit: Visit, seconds: int) -> None:
    visit.page.clock.run_for(seconds * 1000)


def test_a_silent_login_is_retried_after_the_wait_and_a_random_part(
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


def test_ready_does_not_wait_for_a_retry(visit: Visit, busy: Server) -> None:
    busy()
    visit.open()
    visit.ready()
    assert visit.event_names() == ["error"]


def test_a_silent_login_is_retried_three_times_with_longer_waits(
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


# Retry-After, status and other parts of the answer.
RETRIED: list[tuple[str, int, dict[str, Any]]] = [
    ("10", 429, {}),
    ("10", 503, {"body": "<h1>Busy</h1>"}),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 503, {}),
    ("0", 503, {}),
]
IGNORED = [("61", 503), ("", 503), ("soon", 503), ("-5", 503), ("10", 500), ("10", 403)]


def test_retry_after_may_be_seconds_or_a_date(visit: Visit, busy: Server) -> None:
    for retry_after, status, more in RETRIED:
        busy(1, retry_after, status, **more)
        visit.open()
        visit.event("error")
        wait(visit, 16)
        visit.event("login")


def test_a_login_is_not_retried_without_a_short_retry_after(
    visit: Visit, busy: Server
) -> None:
    for retry_after, status in IGNORED:
        busy(1, retry_after, status)
        visit.open()
        visit.event("error")
        wait(visit, 600)
        assert visit.sdk_calls() == 1, (retry_after, status)


def test_a_login_by_button_is_not_retried(visit: Visit, busy: Server) -> None:
    asked = busy()
    visit.open("/stage/?quiet")
    visit.page.click("[data-ttminis=login]")
    visit.event("error")
    wait(visit, 600)
    assert len(asked) == 1


def test_a_login_by_button_during_the_wait_replaces_the_retry(
    visit: Visit, busy: Server
) -> None:
    busy(times=1)
    visit.open()
    visit.event("error")
    visit.page.click("[data-ttminis=login]")
    visit.event("login")
    wait(visit, 600)
    assert visit.sdk_calls() == 2


def test_a_page_shown_again_does_not_shorten_the_wait(
    visit: Visit, busy: Server
) -> None:
    busy(times=1)
    visit.open()
    visit.event("error")
    visit.page.evaluate("window.show()")
    wait(visit, 1)
    assert visit.sdk_calls() == 1


def test_a_logout_cancels_the_retry(visit: Visit, busy: Server) -> None:
    busy(times=1)
    visit.open()
    visit.event("error")
    visit.page.evaluate("TTMinisAuth.logout()")
    wait(visit, 600)
    assert visit.sdk_calls() == 1


def test_a_hosted_page_can_read_retry_after(hosted: Visit, tiktok: Any) -> None:
    tiktok.order_fault("rate_limited", retry_after=7)
    hosted.refusals_expected = True
    hosted.open("/")
    assert hosted.event("error")["retryAfter"] == 7
