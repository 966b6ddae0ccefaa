"""Pages that htmx and Turbo change in place, with the real libraries from npm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route

from tests import npm

from .conftest import Visit

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LIBRARIES = {
    "htmx2": "htmx2/dist/htmx.min.js",
    "htmx4": "htmx.org/dist/htmx.min.js",
    "turbo": "@hotwired/turbo/dist/turbo.es2017-umd.js",
}
HTMX = ("htmx2", "htmx4")
BY_HTMX = ("#logout button", "#by-htmx", "#own-view", "#marked")
LOGOUTS = [
    *((library, way) for library in HTMX for way in BY_HTMX),
    ("turbo", "#logout button"),
]
# Count how many SDKs the page has loaded, and its calls of init.
COUNTER = """
let sdk;
window.counted = { loaded: 0, initialised: 0 };
Object.defineProperty(window, "TTMinis", {
  get: () => sdk,
  set(loaded) {
    const { init } = loaded;
    counted.loaded += 1;
    loaded.init = (options) => {
      counted.initialised += 1;
      init(options);
    };
    sdk = loaded;
  },
});
"""


@pytest.fixture(scope="session")
def modules() -> Path:
    return npm.installed(Path(__file__).parent / "libraries")


@pytest.fixture(params=LIBRARIES)
def library(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def shop(visit: Visit, library: str, modules: Path, settings: Any) -> Visit:
    """A visitor of the shop inside TikTok; its pages load the library."""
    settings.ROOT_URLCONF = "tests.browser.library_urls"
    settings.ACCOUNT_LOGOUT_REDIRECT_URL = "/shop/?shelf=entrance"
    # A page may load the simulator's SDK more than once.
    settings.TTMINIS_SDK_URL = "/tiktok/sdk.js"
    visit.page.add_init_script(COUNTER)

    def serve(route: Route) -> None:
        path = modules / LIBRARIES[library]
        route.fulfill(path=path, content_type="text/javascript")

    visit.page.route("**/library.js", serve)
    return visit


@pytest.fixture
def mia(shop: Visit) -> Visit:
    """A page that was rendered for Mia."""
    shop.open("/shop/?shelf=first")
    shop.event("login")
    shop.open("/shop/?shelf=first")
    shop.event("login")
    return shop


def status_after_press(visit: Visit, selector: str, path: str) -> int:
    """Press an element; return the status of the answer that the library got."""
    with visit.page.expect_response(
        lambda response: path in response.url and response.request.method == "POST"
    ) as answer:
        visit.page.click(selector)
    return answer.value.status


@pytest.mark.parametrize(("library", "way"), LOGOUTS, indirect=["library"])
def test_a_logout_by_a_library_is_remembered_at_the_next_load(
    mia: Visit, way: str
) -> None:
    assert status_after_press(mia, way, "/l") in (200, 302)
    mia.open("/shop/?shelf=first")
    mia.ready()
    assert mia.event_names() == []
    assert mia.who() == ""


def test_a_page_rendered_by_a_library_after_a_logout_is_logged_out(mia: Visit) -> None:
    mia.page.click("#logout button")
    mia.until("document.getElementById('shelf').textContent === 'entrance'")
    mia.page.wait_for_timeout(300)
    assert mia.who() == ""
    assert mia.page.evaluate("TTMinisAuth.session.userId") is None


def test_a_logout_by_a_library_ends_a_running_login(mia: Visit, tiktok: Any) -> None:
    tiktok.order_fault("slow", endpoint="token", seconds=3)
    with mia.page.expect_response("**/login/code/"):
        with mia.page.expect_request("**/login/code/"):
            mia.page.reload()
        assert status_after_press(mia, "#logout button", "/accounts/logout/") in (
            200,
            302,
        )
    mia.open("/shop/?shelf=first")
    mia.ready()
    assert mia.event_names() == []
    assert mia.who() == ""


def test_a_form_of_the_page_works_after_the_silent_login(shop: Visit) -> None:
    shop.open("/shop/?shelf=first")
    shop.event("login")
    assert status_after_press(shop, "#logout button", "/accounts/logout/") in (200, 302)


@pytest.mark.parametrize("library", HTMX, indirect=True)
def test_the_documented_listener_gives_htmx_the_new_csrf_token(
    shop: Visit,
) -> None:
    text = (ROOT / "docs" / "reference" / "script.rst").read_text()
    (listeners,) = re.findall(r"( {4}const csrfToken =.*?)\n\n", text, re.DOTALL)
    shop.page.add_init_script(listeners)
    shop.open("/shop/?shelf=first")
    shop.event("login")
    assert status_after_press(shop, "#by-htmx", "/accounts/logout/") in (200, 302)


@pytest.mark.parametrize(("place", "sdks"), [("head", 1), ("body", 2)])
def test_each_sdk_that_a_library_loads_is_initialised_once(
    shop: Visit, place: str, sdks: int
) -> None:
    shop.open(f"/shop/?quiet&place={place}")
    shop.ready()
    shop.page.click("#next")
    shop.until("document.getElementById('shelf').textContent === 'next'")
    shop.until(f"counted.loaded === {sdks}")
    shop.page.click("[data-ttminis=login]")
    shop.event("login")
    assert shop.page.evaluate("counted.initialised") == sdks


@pytest.mark.parametrize("library", ["turbo", "htmx2"], indirect=True)
def test_a_busy_button_of_a_cached_page_can_be_pressed_again(
    shop: Visit,
) -> None:
    routes: list[Route] = []
    shop.page.route("**/login/code/", lambda route: routes.append(route))
    shop.open("/shop/?quiet&shelf=first")
    shop.ready()
    shop.page.click("[data-ttminis=login]")
    shop.until("document.querySelector('[aria-busy=true]')")
    shop.page.click("#next")
    shop.until("document.getElementById('shelf').textContent === 'next'")
    shop.page.unroute("**/login/code/")
    routes[0].fulfill(json={})
    shop.event("error")
    shop.page.go_back()
    shop.until("document.getElementById('shelf').textContent === 'first'")
    # Playwright does not press a disabled button.
    shop.page.click("[data-ttminis=login]")
    shop.event("login")
