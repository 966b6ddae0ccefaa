"""A page from the browser's back/forward cache notices what happened meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.chromium import running

from .conftest import CLIENT_KEY, Visit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Browser:
    """A Chromium with a back/forward cache."""
    return running(whole=True, without=["--disable-back-forward-cache"])


def go_back(visit: Visit) -> None:
    visit.page.go_back(wait_until="commit")
    visit.until("window.isCached === true")


def leave(visit: Visit, path: str) -> None:
    visit.page.evaluate("window.isCached = true")
    visit.open(path)
    visit.ready()


def test_a_page_shown_again_by_back_logs_in_again(visit: Visit, tiktok: Any) -> None:
    handles = iter(["mia"])
    visit.new_code = lambda: tiktok.issue_code(CLIENT_KEY, next(handles, "noah"))
    visit.open()
    mia = visit.event("login")["user"]["id"]
    leave(visit, "/stage/?quiet")

    go_back(visit)

    noah = visit.event("login", count=2)
    assert (noah["changed"], noah["user"]["id"] == mia) == (True, False)


def test_a_page_shown_again_by_back_notices_a_logout(visit: Visit) -> None:
    visit.open()
    visit.event("login")
    leave(visit, "/stage/?quiet")
    visit.page.evaluate("TTMinisAuth.logout()")

    go_back(visit)

    visit.event("logout")
    assert visit.page.evaluate("TTMinisAuth.session.userId") is None
    assert visit.event_names() == ["login", "logout"]


def test_an_open_consent_does_not_undo_a_logout_on_another_page(visit: Visit) -> None:
    visit.page.add_init_script("window.__holdConsent = true;")
    visit.open()
    visit.event("login")
    visit.page.click("[data-ttminis=authorize]")
    visit.until("Boolean(window.agree)")
    leave(visit, "/stage/?quiet")
    visit.page.evaluate("TTMinisAuth.logout()")

    go_back(visit)

    visit.event("logout")
    visit.page.evaluate("window.agree()")
    assert visit.event("error")["code"] == "cancelled"
    visit.open()
    visit.ready()
    assert (visit.event_names(), visit.who()) == ([], "")
