"""The avatar shows an initial if its picture does not load, under a strict policy."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit

pytestmark = pytest.mark.browser

PICTURE = "[data-ttminis-avatar] img"
INITIAL = "[data-ttminis-avatar] svg"
COPY = """() => {
  const avatar = document.querySelector('[data-ttminis-avatar]').outerHTML;
  document.body.innerHTML = avatar;
}"""


def show(visit: Visit, path: str) -> Page:
    """Open the page with the picture at this path of the site."""
    visit.open(f"/avatar/?url={visit.site}{path}")
    return visit.page


def test_a_picture_that_loads_is_shown(visit: Visit) -> None:
    page = show(visit, "/tiktok/avatars/noah.svg")
    expect(page.locator(PICTURE)).to_be_visible()
    expect(page.locator(INITIAL)).to_be_hidden()


def test_a_picture_that_does_not_load_is_replaced_by_the_initial(visit: Visit) -> None:
    visit.refusals_expected = True
    page = show(visit, "/missing.png")
    expect(page.locator(INITIAL)).to_be_visible()
    expect(page.locator(PICTURE)).to_be_hidden()
    assert page.locator(INITIAL).text_content() == "N"


def test_a_picture_that_failed_before_the_script_ran_is_replaced(visit: Visit) -> None:
    def slowly(route: Any) -> None:
        time.sleep(0.7)
        route.continue_()

    visit.page.route("**/ttminis-auth.js", slowly)
    visit.refusals_expected = True
    page = show(visit, "/missing.png&late")
    expect(page.locator(INITIAL)).to_be_visible()


def test_a_picture_added_later_is_replaced_if_it_does_not_load(visit: Visit) -> None:
    visit.refusals_expected = True
    page = show(visit, "/tiktok/avatars/noah.svg")
    visit.ready()
    page.route("**/avatars/**", lambda route: route.fulfill(status=403))
    page.evaluate(COPY.replace(".outerHTML", ".outerHTML.replace('.svg', '.svg?x')"))
    expect(page.locator(INITIAL)).to_be_visible()


def test_a_user_without_a_picture_has_an_initial(visit: Visit) -> None:
    visit.open("/avatar/")
    expect(visit.page.get_by_role("img", name="Noah Ünal")).to_be_visible()
    box = visit.page.locator(INITIAL).bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (64, 64)


def test_the_picture_has_a_name_for_screen_readers(visit: Visit) -> None:
    page = show(visit, "/tiktok/avatars/noah.svg")
    expect(page.get_by_role("img", name="Noah Ünal")).to_have_count(1)
