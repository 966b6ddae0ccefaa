"""A login whose session is lost on the next page is reported once, without a loop."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from tests.documents import ROOT, blocks

from .conftest import Visit
from .test_session import call
from .test_strange_markup import rewrite

pytestmark = pytest.mark.browser

(RELOAD,) = (block.astext() for block in blocks(ROOT / "README.rst", "javascript"))
# Storage and cookies are often blocked together.
BLOCK = """
  for (const area of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, area, {get: () => { throw new Error('blocked'); }});
  }
"""


@pytest.fixture
def loaded(visit: Visit) -> list[str]:
    """The URLs that load on a page with the README's script, which reloads it."""
    addresses: list[str] = []
    visit.page.on("framenavigated", lambda frame: addresses.append(frame.url))
    visit.page.add_init_script(RELOAD)
    return addresses


@pytest.fixture
def cookie_is_dropped(settings: Any) -> None:
    """The browser rejects the session cookie, and accepts the CSRF cookie."""
    settings.SESSION_COOKIE_DOMAIN = "elsewhere.example"


def error_detail(visit: Visit) -> dict[str, Any]:
    """Wait for the error, and long enough to notice an endless loop."""
    detail = visit.event("error")
    visit.page.wait_for_timeout(300)
    return detail


@pytest.mark.usefixtures("cookie_is_dropped")
def test_a_page_with_a_lost_session_is_reloaded_once(
    visit: Visit, loaded: list[str]
) -> None:
    visit.open()
    detail = error_detail(visit)
    assert (detail["code"], detail["silent"]) == ("session_lost", True)
    assert (len(loaded), visit.event_names()) == (2, ["error"])
    assert visit.page.evaluate("TTMinisAuth.session.userId") is None


def test_a_page_rendered_for_another_user_is_reloaded_once(
    visit: Visit, loaded: list[str]
) -> None:
    rewrite(visit, lambda page: re.sub(r'"userId": [^,}]+', '"userId": "0"', page))
    visit.open()
    assert error_detail(visit)["code"] == "session_lost"
    assert len(loaded) == 2


def test_two_pages_that_redirect_to_each_other_do_so_once(visit: Visit) -> None:
    other = "location.search ? '/forgetful/' : '/forgetful/?b'"
    visit.page.add_init_script(RELOAD.replace(".reload()", f".assign({other})"))
    visit.open("/forgetful/")
    assert error_detail(visit)["code"] == "session_lost"
    assert visit.page.url.endswith("/forgetful/?b")


def test_a_page_with_a_lost_session_follows_next_once(visit: Visit) -> None:
    visit.open("/forgetful/?next=/forgetful/%3Fnext=/forgetful/")
    visit.page.wait_for_url("**/forgetful/?next=/forgetful/")
    assert error_detail(visit)["code"] == "session_lost"
    assert visit.page.url.endswith("/forgetful/?next=/forgetful/")


@pytest.mark.parametrize("path", ["/forgetful/", "/forgetful/?next=/forgetful/%3Fx"])
def test_a_page_with_a_lost_session_is_reloaded_once_without_storage(
    path: str, visit: Visit, loaded: list[str]
) -> None:
    visit.page.add_init_script(BLOCK)
    visit.open(path)
    assert error_detail(visit)["code"] == "session_lost"
    assert loaded == [visit.site + path] * 2


def test_a_hosted_page_is_reloaded_once_without_storage(
    hosted: Visit, loaded: list[str]
) -> None:
    hosted.page.add_init_script(BLOCK)
    hosted.open("/")
    assert error_detail(hosted)["code"] == "session_lost"
    assert len(loaded) == 2


@pytest.mark.usefixtures("cookie_is_dropped", "loaded")
def test_a_second_press_explains_that_the_session_is_lost(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    with visit.page.expect_navigation():
        visit.page.click("[data-ttminis=login]")
    visit.page.click("[data-ttminis=login]")
    text = "You did not stay logged in. Cookies may be blocked for this site."
    expect(visit.page.locator("[data-ttminis=login] + [role=status]")).to_have_text(
        text
    )


def test_a_page_with_a_working_session_is_reloaded_once(
    visit: Visit, loaded: list[str]
) -> None:
    visit.open()
    who = "(document.querySelector('#who') || {}).innerText"
    visit.until(f"window.TTMinisAuth && TTMinisAuth.session.user && {who}")
    assert visit.who() == get_user_model().objects.get().username
    assert (len(loaded), visit.event_names()) == (2, ["login"])


def test_a_login_after_a_logout_is_not_reported_as_lost(visit: Visit) -> None:
    visit.open("/forgetful/")
    visit.event("login")
    call(visit, "TTMinisAuth.logout()")
    visit.open("/forgetful/")
    visit.ready()
    assert call(visit, "TTMinisAuth.login()")["changed"] is True


def test_a_session_that_ended_later_is_not_reported_as_lost(visit: Visit) -> None:
    visit.page.clock.install()
    visit.open("/forgetful/")
    visit.event("login")
    visit.page.clock.fast_forward("01:01")
    visit.open("/forgetful/")
    assert visit.event("login")["changed"] is True
