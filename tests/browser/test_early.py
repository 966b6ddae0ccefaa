"""Actions of the visitor, and other scripts, while the page is still loading."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from .conftest import CLIENT_KEY, Visit

pytestmark = pytest.mark.browser

LOGIN = "[data-ttminis=login]"
CONNECT = "[data-ttminis=connect]"
AUTHORIZE = "[data-ttminis=authorize]"
MARK = f"localStorage.getItem('ttminis-auth:logged-out:{CLIENT_KEY}')"

# Runs once, as soon as the parser has reached the element.
AT_ONCE = """
new MutationObserver((changes, observer) => {
  const element = document.querySelector('{selector}');
  if (!element || location.pathname === '/leave/') return;
  observer.disconnect();
  {action};
}).observe(document, {childList: true, subtree: true});
"""


def at_once(visit: Visit, selector: str, action: str = "element.click()") -> None:
    script = AT_ONCE.replace("{selector}", selector).replace("{action}", action)
    visit.page.add_init_script(script)


@pytest.mark.parametrize("address", ["/stage/?quiet", "/stage/?quiet&bundle"])
def test_an_early_press_of_the_login_button_is_not_lost(
    visit: Visit, address: str
) -> None:
    at_once(visit, LOGIN)
    visit.open(address)
    status = visit.page.locator(f"{LOGIN} + [role=status]")
    expect(status).to_have_text("You are logged in.")
    assert visit.event("login")["changed"] is True


def test_an_early_consent_comes_after_the_silent_login(visit: Visit) -> None:
    at_once(visit, AUTHORIZE)
    visit.open()
    visit.event("authorize")
    assert visit.event_names() == ["login", "authorize"]


def test_an_open_consent_dialog_does_not_delay_fetch(hosted: Visit) -> None:
    hosted.page.add_init_script("window.__holdConsent = true;")
    at_once(hosted, AUTHORIZE)
    hosted.open("/")
    hosted.until("Boolean(window.agree)")
    note = "TTMinisAuth.fetch('/api/token/note/').then((answer) => answer.status)"
    assert hosted.page.evaluate(note) == 200


def test_an_early_connect_comes_after_the_silent_login(visit: Visit) -> None:
    at_once(visit, CONNECT)
    visit.open()
    visit.event("login", count=2)
    assert visit.event_names() == ["login", "login"]


@pytest.mark.parametrize("way", ["#leave button", "#link"])
def test_an_early_logout_is_remembered(way: str, visit: Visit) -> None:
    at_once(visit, way)
    visit.page.goto(f"{visit.site}/stage/", wait_until="commit")
    visit.page.wait_for_url("**/leave/")
    visit.open()
    visit.ready()
    assert visit.event_names() == []


@pytest.mark.parametrize(("event", "way"), [("submit", "#leave"), ("click", "#marked")])
def test_a_logout_that_the_page_cancels_is_not_remembered(
    event: str, way: str, visit: Visit, settings: Any
) -> None:
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    # jQuery delegates events so: on the document, after our script.
    cancel = f"addEventListener('{event}', (event) => event.preventDefault())"
    at_once(visit, "body", f"document.{cancel}")
    visit.open("/stage/?quiet")
    marked = "document.querySelector('#leave button').dataset.ttminisLogout = ''"
    visit.page.evaluate(marked)
    visit.page.click("#marked" if way == "#marked" else f"{way} button")
    assert visit.page.url.endswith("/stage/?quiet")
    assert visit.page.evaluate(MARK) is None


def test_a_marked_logout_link_is_remembered_without_the_middleware(
    visit: Visit, settings: Any
) -> None:
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    visit.open("/stage/?quiet")
    visit.page.click("#marked")
    visit.page.wait_for_url("**/leave/")
    visit.open()
    visit.ready()
    assert visit.event_names() == []


def test_a_script_that_never_loads_does_not_delay_the_login(visit: Visit) -> None:
    routes: list[Route] = []
    visit.page.route("**/never.js", lambda route: routes.append(route))
    visit.page.goto(f"{visit.site}/stage/?never", wait_until="commit")
    assert visit.event("login")["changed"] is True
    assert visit.page.evaluate("document.readyState") == "interactive"
    routes[0].fulfill(body="", content_type="text/javascript")


LISTEN = "document.addEventListener('ttminis:login', () => { window.late = true; })"
# On a slow machine, the page must not stop waiting for its scripts.
WITHOUT_TIMEOUT = """
  const { setTimeout: start } = window;
  window.setTimeout = (task, ms) => (ms === 3000 ? 0 : start(task, ms));
"""


@pytest.mark.parametrize(
    "source",
    [LISTEN, f"document.addEventListener('DOMContentLoaded', () => {LISTEN})"],
    ids=["at-once", "when-loaded"],
)
def test_a_late_script_receives_the_login_event(visit: Visit, source: str) -> None:
    routes: list[Route] = []
    visit.page.route("**/never.js", lambda route: routes.append(route))
    visit.page.add_init_script(WITHOUT_TIMEOUT)
    visit.page.goto(f"{visit.site}/stage/?never", wait_until="commit")
    visit.until("Boolean(window.TTMinisAuth && TTMinisAuth.session.userId)")
    assert visit.event_names() == []
    routes[0].fulfill(body=source, content_type="text/javascript")
    visit.ready()
    assert visit.page.evaluate("window.late") is True


def test_ready_has_the_error_of_a_failed_silent_login(visit: Visit) -> None:
    refusal = {"to": "fail", "answer": {"error": {"error_code": 102102}}}
    visit.use_sdk("says", says=refusal)
    visit.open()
    visit.event("error")
    error = visit.page.evaluate("TTMinisAuth.ready.then(({error}) => error)")
    assert (error["code"], error["silent"]) == ("portal_misconfigured", True)


def test_a_login_clears_the_error_of_the_session(visit: Visit) -> None:
    visit.refusals_expected = True
    visit.page.route("**/login/code/", lambda route: route.fulfill(status=502))
    visit.open()
    visit.event("error")
    visit.page.unroute("**/login/code/")
    visit.page.click(LOGIN)
    visit.event("login")
    assert visit.page.evaluate("TTMinisAuth.session.error") is None


def test_a_logout_before_the_app_is_known_is_stored_for_no_app(visit: Visit) -> None:
    leave = """
      const link = document.createElement('a');
      link.dataset.ttminisLogout = '';
      element.append(link);
      link.click()
    """
    at_once(visit, "head > script + script", leave)
    visit.open("/stage/?bundle")
    assert visit.event("login")["changed"] is True
    assert visit.page.evaluate("Object.keys(localStorage)") == []


def test_a_page_without_a_configuration_does_not_initialise_the_sdk(
    visit: Visit,
) -> None:
    visit.open("/stage/?alone")
    visit.ready()
    assert visit.page.evaluate("window.__inits") == []
