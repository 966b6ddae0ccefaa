"""The buttons work by pointer and keyboard, are announced, and can be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Visit

pytestmark = pytest.mark.browser

# Relative luminance and contrast as WCAG 2.2 defines them. The background is the one of
# the nearest ancestor that has one, else of the canvas.
CONTRAST = """(element) => {
  const probe = document.body.appendChild(document.createElement('div'));
  probe.style.backgroundColor = 'Canvas';
  const canvas = getComputedStyle(probe).backgroundColor;
  probe.remove();
  const background = (each) => {
    if (!each) return canvas;
    const colour = getComputedStyle(each).backgroundColor;
    return colour === 'rgba(0, 0, 0, 0)' ? background(each.parentElement) : colour;
  };
  const luminance = (colour) => {
    const parts = colour.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pair = [getComputedStyle(element).color, background(element)].map(luminance);
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""

LOGIN = "[data-ttminis=login]"
CONNECT = "[data-ttminis=connect]"
AUTHORIZE = "[data-ttminis=authorize]"


@pytest.fixture
def quiet(visit: Visit) -> Visit:
    """A page that waits for its button."""
    visit.open("/stage/?quiet")
    return visit


@pytest.fixture
def waiting(visit: Visit) -> Visit:
    """The same, with an SDK that waits with its answer for ``release``."""
    visit.hold()
    visit.open("/stage/?quiet")
    return visit


def status_of(visit: Visit, button: str) -> Locator:
    return visit.page.locator(f"{button} + [role=status]")


def test_the_login_button_logs_in_and_shows_a_message(quiet: Visit) -> None:
    quiet.page.click(LOGIN)
    expect(status_of(quiet, LOGIN)).to_have_text("You are logged in.")
    assert quiet.event("login")["changed"] is True


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_presses_the_button(key: str, quiet: Visit) -> None:
    quiet.page.keyboard.press("Tab")
    expect(quiet.page.locator(LOGIN)).to_be_focused()
    quiet.page.keyboard.press(key)
    assert quiet.event("login")["changed"] is True


def test_keyboard_focus_is_visible(quiet: Visit) -> None:
    quiet.page.keyboard.press("Tab")
    style = "(button) => getComputedStyle(button).outlineStyle"
    assert quiet.page.locator(LOGIN).evaluate(style) == "solid"


def test_a_button_is_busy_until_the_answer_and_keeps_the_focus(waiting: Visit) -> None:
    button = waiting.page.locator(LOGIN)
    waiting.page.keyboard.press("Tab")
    waiting.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_have_attribute("aria-disabled", "true")
    waiting.release()
    expect(button).to_have_attribute("aria-busy", "false")
    expect(button).to_be_focused()


def test_a_busy_button_ignores_a_second_press(waiting: Visit) -> None:
    button = waiting.page.locator(LOGIN)
    button.evaluate("(button) => { button.click(); button.click(); }")
    waiting.release()
    waiting.event("login")
    assert waiting.sdk_calls() == 1


def test_the_status_is_announced_politely(waiting: Visit) -> None:
    expect(status_of(waiting, LOGIN)).to_have_attribute("aria-live", "polite")
    waiting.page.click(LOGIN)
    expect(status_of(waiting, LOGIN)).to_have_text("One moment, asking TikTok.")


@pytest.mark.parametrize(
    ("sdk", "text"),
    [
        ("throws", "That did not work in TikTok. Please try again."),
        ("unconfigured", "TikTok login is not fully set up yet (102102)."),
        ("never_answers", "TikTok did not answer. Please try again."),
        ("missing", "This works only when the page is opened inside TikTok."),
    ],
)
def test_a_failure_is_explained_beside_the_button(
    sdk: str, text: str, visit: Visit, settings: Any
) -> None:
    settings.TTMINIS_SDK_TIMEOUT = timedelta(seconds=0.6)
    visit.use_sdk(sdk)
    visit.open("/stage/?quiet")
    visit.page.click(LOGIN)
    expect(status_of(visit, LOGIN)).to_have_text(text)
    expect(status_of(visit, CONNECT)).to_be_empty()


def test_a_cancelled_login_shows_no_message(visit: Visit) -> None:
    error = {"error": {"error_code": 102601}}
    visit.use_sdk("says", says={"to": "fail", "answer": error})
    visit.open("/stage/?quiet")
    visit.page.click(LOGIN)
    visit.event("error")
    expect(status_of(visit, LOGIN)).to_be_empty()


def test_a_refusal_by_the_server_is_shown_in_its_words(quiet: Visit) -> None:
    quiet.refusals_expected = True
    quiet.page.click(CONNECT)
    text = "Log in first, then connect your TikTok account."
    expect(status_of(quiet, CONNECT)).to_have_text(text)


def test_a_button_added_later_works(quiet: Visit) -> None:
    quiet.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        " '<button id=later type=button data-ttminis=login><i>Go</i></button>')"
    )
    quiet.page.click("#later i")
    assert quiet.event("login")["changed"] is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "selector", [LOGIN, CONNECT, AUTHORIZE, f"{LOGIN} + [role=status]"]
)
def test_texts_have_enough_contrast(
    selector: str, scheme: Literal["light", "dark"], visit: Visit
) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    visit.open("/stage/?quiet")
    assert visit.page.locator(selector).evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_page_has_enough_contrast(
    scheme: Literal["light", "dark"], visit: Visit
) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    visit.open("/accounts/ttminis/login/")
    assert visit.page.locator(LOGIN).evaluate(CONTRAST) >= 4.5
