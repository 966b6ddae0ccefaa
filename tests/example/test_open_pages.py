"""Open pages notice revoked tokens, and the removal of the app."""

import re
from typing import Any

import pytest

from tests.example.conftest import GAME, Demo, Visitor
from tests.example.reading import LOGGED_IN, LOGGED_OUT, name, status, watch

pytestmark = pytest.mark.browser


@pytest.fixture
def page(page: Any) -> Any:
    """A page with a clock that a test can advance to the next poll."""
    page.clock.install()
    return page


@pytest.fixture
def account_page(page: Any, demo: Demo) -> Any:
    page.goto(demo.url)
    page.wait_for_selector("[data-viewer][data-state=in]")
    page.goto(f"{demo.url}/me/")
    page.wait_for_selector("[data-health=ok]")
    return page


def press(page: Any) -> str:
    """Use the token; return the text of the page about it."""
    with page.expect_response("**/use/"):
        page.click("[data-use]")
    page.wait_for_selector("[data-result]:not(:text('Calling'))")
    return str(page.inner_text("[data-result]"))


def test_the_account_page_shows_each_state_of_a_token(
    account_page: Any, visitor: Visitor
) -> None:
    until = account_page.inner_text("[data-why]")
    assert re.fullmatch(r"good until \d\d:\d\d:\d\d \(1 h 59 min\)", until)
    visitor.end("access_tokens")
    assert press(account_page) == "Renewed first, then it worked."
    visitor.end("tokens")
    assert press(account_page) == "Needs a new login."
    account_page.wait_for_selector("[data-health=dead]")
    account_page.click("[data-ttminis=login]:visible")
    account_page.wait_for_selector("[data-health=ok]")
    assert press(account_page) == "It worked."


def test_the_account_page_notices_a_revoked_token(
    account_page: Any, visitor: Visitor
) -> None:
    visitor.log_in_silently("mia")
    visitor.end("tokens")
    assert visitor.use_token() == "needs_login"
    account_page.clock.fast_forward(5000)
    account_page.wait_for_selector("[data-health=dead]")


def test_a_hidden_page_sends_no_requests(account_page: Any) -> None:
    asked: list[str] = []
    # First, so that requests of the visible page are not counted.
    account_page.evaluate(
        "() => void Object.defineProperty("
        "    document, 'visibilityState', { value: 'hidden' })"
    )
    account_page.on("request", lambda request: asked.append(request.url))
    account_page.evaluate(
        "() => void document.dispatchEvent(new Event('visibilitychange'))"
    )
    account_page.clock.run_for(60_000)
    assert asked == []


def test_the_drama_page_explains_a_removal_and_offers_a_login(
    page: Any, demo: Demo, visitor: Visitor
) -> None:
    page.goto(demo.url)
    before = name(page), watch(page, 2, 30)
    visitor.remove_app()
    page.clock.fast_forward(5000)
    page.wait_for_selector(LOGGED_OUT)
    page.wait_for_selector("text=Drama was removed in TikTok")
    page.click("[data-ttminis=login]")
    page.wait_for_selector("text=you came back")
    assert (name(page), status(page, 2)) == before


def test_a_page_does_not_log_in_again_after_a_removal(
    page: Any, demo: Demo, visitor: Visitor
) -> None:
    page.goto(demo.url)
    name(page)
    visitor.remove_app()
    page.clock.fast_forward(5000)
    page.wait_for_selector(LOGGED_OUT)
    page.clock.run_for(30_000)
    assert page.is_visible(LOGGED_OUT)


def test_the_notice_of_a_removal_ends_with_a_login_in_another_page(
    page: Any, demo: Demo, visitor: Visitor, phone: Any
) -> None:
    page.goto(f"{demo.url}/game/")
    name(page)
    visitor.remove_app(client_key=GAME)
    page.clock.fast_forward(5000)
    page.wait_for_selector(LOGGED_OUT)
    other = phone.new_page()
    other.goto(f"{demo.url}/game/")
    other.wait_for_selector("text=you came back")
    page.clock.fast_forward(5000)
    page.wait_for_selector(LOGGED_IN)
    page.wait_for_selector("[data-notice]", state="hidden")


def test_the_account_page_logs_in_again_by_its_button(
    page: Any, demo: Demo, visitor: Visitor
) -> None:
    page.goto(demo.url)
    before = name(page)
    page.goto(f"{demo.url}/me/")
    page.wait_for_selector("[data-health=ok]")
    visitor.remove_app()
    page.clock.fast_forward(5000)
    page.wait_for_selector("text=Drama was removed in TikTok")
    assert page.is_hidden(f"h1:has-text('{before}')")
    page.click("[data-away] [data-ttminis=login]")
    page.wait_for_selector("text=you came back")
    assert page.is_visible(f"h1:has-text('{before}')")
