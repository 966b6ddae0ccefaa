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
# How many SDKs the page has loaded, and how often it has called init.
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
    """A visitor of the shop, inside TikTok; its pages load the library."""
    settings.ROOT_URLCONF = "tests.browser.library_urls"
    settings.ACCOUNT_LOGOUT_REDIRECT_URL = "/shop/?shelf=entrance"
    # The simulator's, which a page may load more than once.
    settings.TTMINIS_SDK_URL = "/tiktok/sdk.js"
    visit.page.add_init_script(COUNTER)

    def serve(route: Route) -> None:
        path = modules / LIBRARIES[library]
        route.fulfill(path=path, content_type="text/javascript")

    visit.page.route("**/library.js", serve)
    return visit


@pytest.fixture
def mia(shop: Visit) -> Visit:
    """Mia, whose page was rendered for her."""
    shop.open("/shop/?shelf=first")
    shop.event("login")
    shop.open("/shop/?shelf=first")
    shop.event("login")
    return shop


def answered(visit: Visit, selector: str, path: str) -> int:
    """Press and return the status of the answer that the library got."""
    with visit.page.expect_response(
        lambda response: path in response.url and response.request.method == "POST"
    ) as answer:
        visit.page.click(selector)
    return answer.value.status


@pytest.mark.parametrize(("library", "way"), LOGOUTS, indirect=["library"])
def test_logout_by_a_library_is_not_undone_at_the_next_load(
    mia: Visit, way: str
) -> None:
    assert answered(mia, way, "/l") in (200, 302)
    mia.open("/shop/?shelf=first")
    mia.ready()
    assert mia.event_names() == []
    assert mia.who() == ""


def test_page_that_a_library_renders_after_a_logout_stays_out(mia: Visit) -> None:
    mia.page.click("#logout button")
    mia.until("document.getElementById('shelf').textContent === 'entrance'")
    mia.page.wait_for_timeout(300)
    assert mia.who() == ""
    assert mia.page.evaluate("TTMinisAuth.session.userId") is None


def test_logout_by_a_library_wins_over_a_login_under_way(
    mia: Visit, tiktok: Any
) -> None:
    tiktok.order_fault("slow", endpoint="token", seconds=3)
    with mia.page.expect_response("**/login/code/"):
        with mia.page.expect_request("**/login/code/"):
            mia.page.reload()
        assert answered(mia, "#logout button", "/accounts/logout/") in (200, 302)
    mia.open("/shop/?shelf=first")
    mia.ready()
    assert mia.event_names() == []
    assert mia.who() == ""


def test_form_of_the_page_works_after_the_silent_login(shop: Visit) -> None:
    shop.open("/shop/?shelf=first")
    shop.event("login")
    assert answered(shop, "#logout button", "/accounts/logout/") in (200, 302)


@pytest.mark.parametrize("library", HTMX, indirect=True)
def test_listener_of_the_documents_gives_htmx_the_token_of_after_the_login(
    shop: Visit,
) -> None:
    text = (ROOT / "docs" / "reference" / "script.rst").read_text()
    (listeners,) = re.findall(r"( {4}const csrfToken =.*?)\n\n", text, re.DOTALL)
    shop.page.add_init_script(listeners)
    shop.open("/shop/?shelf=first")
    shop.event("login")
    assert answered(shop, "#by-htmx", "/accounts/logout/") in (200, 302)


@pytest.mark.parametrize(("place", "sdks"), [("head", 1), ("body", 2)])
def test_sdk_is_initialised_once_however_often_a_library_loads_it(
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
def test_button_of_a_page_that_was_kept_while_it_was_busy_can_be_pressed(
    shop: Visit,
) -> None:
    held: list[Route] = []
    shop.page.route("**/login/code/", lambda route: held.append(route))
    shop.open("/shop/?quiet&shelf=first")
    shop.ready()
    shop.page.click("[data-ttminis=login]")
    shop.until("document.querySelector('[aria-busy=true]')")
    shop.page.click("#next")
    shop.until("document.getElementById('shelf').textContent === 'next'")
    shop.page.unroute("**/login/code/")
    held[0].fulfill(json={})
    shop.event("error")
    shop.page.go_back()
    shop.until("document.getElementById('shelf').textContent === 'first'")
    # Playwright presses no button that says it is disabled.
    shop.page.click("[data-ttminis=login]")
    shop.event("login")
