"""The same package in WebKit, the engine of iPhones."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from tests.waiting import until

from .servers import Exchange
from .visitors import PAGE, WebKitVisitor

pytestmark = [pytest.mark.browser, pytest.mark.webkit]


@pytest.fixture
def mia(webkit: WebKitVisitor) -> WebKitVisitor:
    """Mia has opened the page on an iPhone and is logged in."""
    webkit.open()
    webkit.event("login")
    webkit.who()
    return webkit


def session_key() -> str:
    return str(Session.objects.get().session_key)


def test_page_is_logged_in_without_a_click_or_a_cookie(
    mia: WebKitVisitor, exchanges: list[Exchange]
) -> None:
    assert mia.token() == session_key()
    assert mia.who() == Session.objects.get().get_decoded()["_auth_user_id"]
    assert [each for each in exchanges if each.cookies] == []


def test_reload_keeps_the_session(mia: WebKitVisitor) -> None:
    before = session_key()
    mia.open()
    assert mia.event("login")["changed"] is False
    assert mia.token() == session_key() == before


def test_logout_ends_the_session_and_stays_out(mia: WebKitVisitor) -> None:
    mia.log_out()
    mia.open()
    assert mia.who() == "nobody"
    assert mia.token() is None
    until(lambda: not Session.objects.exists())


def test_logout_on_the_next_page_is_known_after_back(mia: WebKitVisitor) -> None:
    mia.ask("window.isKept = true")
    mia.open(f"{PAGE}?next")
    mia.log_out()

    mia.driver.back()

    mia.until("location.search === ''")
    assert mia.ask("window.isKept === true") is True
    mia.until("window.TTMinisAuth.session.userId === null")
    assert mia.token() is None
