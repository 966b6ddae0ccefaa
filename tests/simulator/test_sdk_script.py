"""The SDK script in a real Chromium, on a page of another origin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from tests.chromium import running
from tests.simulator.conftest import DRAMA, Api
from ttminis_auth.simulator.world import World
from ttminis_auth.testing.server import SimulatorServer

pytestmark = pytest.mark.browser

PAGE = "http://localhost:9/"
# The page comes from the test itself, and so from no address; Chromium would let it
# load nothing from this machine.
FREE_ROAD = "--disable-features=LocalNetworkAccessChecks"
ALL_THREE = """
  success: (result) => seen.push(["success", result]),
  fail: (result) => seen.push(["fail", result]),
  complete: (result) => seen.push(["complete", result]),
"""

# Playwright's own waiting evaluates text, which the page's policy forbids.
UNTIL_SEEN = """async (count) => {
  const end = Date.now() + 30000;
  while (seen.length < count && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return seen;
}"""


@pytest.fixture(scope="module")
def chromium() -> Browser:
    return running(FREE_ROAD)


@pytest.fixture(scope="module")
def tab(chromium: Browser, tiktok_server: SimulatorServer) -> Iterator[Page]:
    """A tab in which PAGE loads the script, under a strict policy, and nothing more."""
    server = tiktok_server.url
    policy = f"default-src 'none'; script-src {server}; connect-src {server}"
    headers = {"Content-Security-Policy": policy, "Content-Type": "text/html"}
    html = f'<!doctype html><body><script src="{server}/sdk.js"></script><p>Page'
    tab = chromium.new_page()
    tab.set_default_timeout(30000)
    tab.route(PAGE, lambda route: route.fulfill(body=html, headers=headers))
    yield tab
    tab.close()


@pytest.fixture
def bare(tab: Page, tiktok: World) -> Iterator[Page]:
    """The page, freshly loaded; init has not been called."""
    noise: list[str] = []

    def listen(event: ConsoleMessage | Error) -> None:
        noise.append(str(event))

    tab.on("console", listen)
    tab.on("pageerror", listen)
    tab.goto(PAGE)
    tab.evaluate("window.seen = []")
    yield tab
    tab.remove_listener("console", listen)
    tab.remove_listener("pageerror", listen)
    assert noise == []


@pytest.fixture
def page(bare: Page) -> Page:
    bare.evaluate(f"TTMinis.init({{clientKey: '{DRAMA}'}})")
    return bare


def seen(page: Page, count: int = 1) -> list[Any]:
    """Wait for so many outcomes and return them."""
    outcomes: list[Any] = page.evaluate(UNTIL_SEEN, count)
    return outcomes


def thrown(page: Page, call: str) -> str | None:
    """Return the name of the error that a call throws."""
    script = f"() => {{ try {{ {call} }} catch (error) {{ return error.name }} }}"
    name: str | None = page.evaluate(script)
    return name


def test_only_init_exists_before_init(bare: Page) -> None:
    assert bare.evaluate("Object.keys(TTMinis)") == ["init"]


def test_login_before_init_throws(bare: Page) -> None:
    assert thrown(bare, "TTMinis.login()") == "TypeError"


def test_init_returns_nothing_and_brings_the_methods(bare: Page) -> None:
    assert bare.evaluate("TTMinis.init({clientKey: 'mn'}) === undefined")
    assert set(bare.evaluate("Object.keys(TTMinis)")) == {
        "init",
        "login",
        "authorize",
        "canIUse",
        "on",
        "off",
    }


@pytest.mark.parametrize("options", ["", "{}", "{clientKey: 7}"])
def test_init_without_a_client_key_throws(bare: Page, options: str) -> None:
    assert thrown(bare, f"TTMinis.init({options})") == "TypeError"


def test_login_by_options_calls_success_then_complete(page: Page, api: Api) -> None:
    page.evaluate(f"TTMinis.login({{ {ALL_THREE} }})")
    success, complete = seen(page, 2)
    assert [success[0], complete[0]] == ["success", "complete"]
    assert api.exchange(success[1]["code"]).status_code == 200


@pytest.mark.parametrize("order", [None, "cancelled"])
def test_complete_is_called_without_an_argument(
    page: Page, tiktok: World, order: str | None
) -> None:
    if order:
        tiktok.order_fault(order, endpoint="sdk")
    page.evaluate(
        "TTMinis.login({complete: (...given) => seen.push(given), fail() {}})"
    )
    assert seen(page) == [[]]


def test_login_by_callback_gives_an_auth_response(page: Page, api: Api) -> None:
    page.evaluate("TTMinis.login((result) => seen.push(result))")
    (result,) = seen(page)
    assert result.keys() == {"authResponse"}
    assert api.exchange(result["authResponse"]["code"]).status_code == 200


def test_login_without_handlers_returns_a_promise(page: Page, api: Api) -> None:
    result = page.evaluate("TTMinis.login()")
    assert api.exchange(result["code"]).status_code == 200


@pytest.mark.parametrize("handlers", ["() => {}", "{complete() {}}"])
def test_login_with_handlers_returns_nothing(page: Page, handlers: str) -> None:
    assert page.evaluate(f"TTMinis.login({handlers}) === undefined")


def test_error_by_options_calls_fail_then_complete(page: Page, tiktok: World) -> None:
    tiktok.order_fault("error_102102", endpoint="sdk")
    page.evaluate(f"TTMinis.login({{ {ALL_THREE} }})")
    fail, complete = seen(page, 2)
    assert [fail[0], complete[0]] == ["fail", "complete"]
    assert fail[1]["error"]["error_code"] == 102102


def test_error_by_callback_has_no_auth_response(page: Page, tiktok: World) -> None:
    tiktok.order_fault("cancelled", endpoint="sdk")
    page.evaluate("TTMinis.login((result) => seen.push(result))")
    (result,) = seen(page)
    assert result["authResponse"] is None
    assert result["error"]["error_code"] == 102601


def test_error_rejects_the_promise(page: Page, tiktok: World) -> None:
    tiktok.sign_in(None)
    result = page.evaluate("TTMinis.login().catch((reason) => reason)")
    assert result["error"]["error_code"] == 102600


def test_silence_never_calls_back(page: Page, tiktok: World) -> None:
    tiktok.order_fault("silent", endpoint="sdk")
    with page.expect_response("**/sdk/login/"):
        page.evaluate("TTMinis.login((result) => seen.push('first'))")
    page.evaluate("TTMinis.login((result) => seen.push('second'))")
    assert seen(page) == ["second"]


def test_server_that_cannot_be_reached_is_an_error(page: Page) -> None:
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('off')) }")
    result = page.evaluate("TTMinis.login().catch((reason) => reason)")
    assert result["error"]["error_code"] == 10401
    assert result["error"]["error_extra"] == {"cause": "Error: off"}


def test_consent_is_asked_by_name(page: Page) -> None:
    page.evaluate("TTMinis.authorize((result) => seen.push(result))")
    dialog = page.get_by_role("dialog", name="Let Drama use your TikTok account?")
    dialog.wait_for()
    assert "You are signed in as Mia" in dialog.inner_text()
    assert "display name and profile picture" in dialog.inner_text()


def test_consent_gives_a_code_for_the_profile(page: Page, api: Api) -> None:
    page.evaluate("TTMinis.authorize((result) => seen.push(result), {scope: ''})")
    page.get_by_role("button", name="Allow").click()
    (result,) = seen(page)
    assert "user.info.basic" in api.exchange(result["authResponse"]["code"]).text


def test_granted_scopes_are_returned_when_asked_for(page: Page) -> None:
    page.evaluate(
        "TTMinis.authorize((result) => seen.push(result), {returnScopes: true})"
    )
    page.get_by_role("button", name="Allow").click()
    (result,) = seen(page)
    granted = result["authResponse"]["grantedScopes"]
    assert granted == "user.info.basic,user.info.open_id"


def test_granted_scopes_are_left_out_by_default(page: Page) -> None:
    page.evaluate("TTMinis.authorize({success: (result) => seen.push(result)})")
    page.get_by_role("button", name="Allow").click()
    assert seen(page)[0].keys() == {"code"}


def test_refusal_is_a_cancellation(page: Page) -> None:
    page.evaluate("TTMinis.authorize({fail: (result) => seen.push(result)})")
    page.get_by_role("button", name="Not now").click()
    assert seen(page)[0]["error"]["error_code"] == 102601


def test_escape_is_a_cancellation(page: Page) -> None:
    page.evaluate("TTMinis.authorize({fail: (result) => seen.push(result)})")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    assert seen(page)[0]["error"]["error_code"] == 102601


def test_consent_can_be_given_by_keyboard(page: Page) -> None:
    page.evaluate("TTMinis.authorize({success: (result) => seen.push(result)})")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "code" in seen(page)[0]


def test_dialog_leaves_nothing_behind(page: Page) -> None:
    page.evaluate("TTMinis.authorize({complete: (result) => seen.push(result)})")
    page.get_by_role("button", name="Not now").click()
    seen(page)
    assert page.evaluate("document.body.innerText.trim()") == "Page"
    assert page.locator("ttminis-simulator-consent").count() == 0


def test_no_dialog_is_shown_for_a_scope_that_is_not_there(page: Page) -> None:
    page.evaluate(
        "TTMinis.authorize({scope: 'mail', fail: (result) => seen.push(result)})"
    )
    assert seen(page)[0]["error"]["error_extra"] == {"param": "scope"}
    assert page.get_by_role("dialog").count() == 0


def test_login_that_asks_for_a_scope_is_not_silent(page: Page) -> None:
    page.evaluate(
        "TTMinis.login((result) => seen.push(result), {scope: 'user.info.basic'})"
    )
    page.get_by_role("button", name="Allow").click()
    assert seen(page)[0]["authResponse"]["code"]


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        ("login.success.code", True),
        ("authorize.object.scope", True),
        ("login.success.token", False),
        ("toString", False),
    ],
)
def test_can_i_use_knows_what_is_there(page: Page, path: str, usable: bool) -> None:
    assert page.evaluate(f"TTMinis.canIUse('{path}')") is usable


def show_again(page: Page) -> None:
    """Let the page be hidden and shown, as when TikTok is left and come back to."""
    page.evaluate("""
      for (const state of ["hidden", "visible"]) {
        Object.defineProperty(
          document, "visibilityState", {configurable: true, get: () => state});
        document.dispatchEvent(new Event("visibilitychange"));
      }
    """)


def test_hiding_and_showing_are_events(page: Page) -> None:
    for name in ("hide", "show"):
        page.evaluate(
            f"() => {{ TTMinis.on('minis.{name}', () => seen.push('{name}')) }}"
        )
    show_again(page)
    assert seen(page, 2) == ["hide", "show"]


def test_listener_has_a_string_for_an_id(page: Page) -> None:
    ids = page.evaluate("[1, 2].map(() => TTMinis.on('minis.show', () => {}))")
    assert [type(each) for each in ids] == [str, str]
    assert len(set(ids)) == 2


def test_listener_is_taken_off_by_its_id(page: Page) -> None:
    answers = page.evaluate("""() => {
      const id = TTMinis.on("minis.show", () => seen.push("taken off"));
      TTMinis.on("minis.show", () => seen.push("kept"));
      return [TTMinis.off("minis.show", id), TTMinis.off("minis.show", id)];
    }""")
    show_again(page)
    assert seen(page) == ["kept"]
    assert answers == [True, False]


@pytest.mark.parametrize("what", ["callback", "undefined", "'999'"])
def test_nothing_else_takes_a_listener_off(page: Page, what: str) -> None:
    answers = page.evaluate(f"""() => {{
      const callback = () => seen.push("kept");
      TTMinis.on("minis.show", callback);
      return [TTMinis.off("minis.show", {what}), TTMinis.off("minis.share", {what})];
    }}""")
    show_again(page)
    assert seen(page) == ["kept"]
    assert answers == [False, False]
