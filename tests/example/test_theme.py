"""The admin in a theme that brings classes and templates of its own: django-unfold."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import chromium
from tests.example.conftest import Demo, Visitor, running
from tests.example.test_admin import DESK, PHONE, Office

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def themed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    place = tmp_path_factory.mktemp("theme")
    files = place / "db.sqlite3", place / "terminal.txt"
    with running(*files, EXAMPLE_THEME="unfold") as demo:
        for handle in ("mia", "noah"):
            with Visitor(demo) as visitor:
                visitor.get("/").raise_for_status()
                visitor.log_in_silently(handle)
                visitor.consent()
        yield demo


@pytest.fixture(scope="module")
def desk(themed: Demo) -> Iterator[Office]:
    """One window for all tests, logged in at the theme's own form; the hash is slow."""
    with chromium.running().new_context() as context:
        office = Office(context.new_page(), themed)
        office.log_in()
        yield office


@pytest.fixture(params=[("light", DESK), ("dark", PHONE)], ids=["desk", "phone"])
def office(desk: Office, request: Any) -> Iterator[Office]:
    scheme, viewport = request.param
    desk.look_like(scheme, viewport)
    desk.name = f"unfold-{scheme}"  # type: ignore[attr-defined]
    yield desk
    desk.leave()


def test_the_list_is_the_themes(office: Any) -> None:
    office.open("ttminis_auth/identity/")
    office.picture(f"{office.name}-list")

    assert "unfold/css/styles.css" in office.look()
    assert office.page.locator(".ttminis-badge-ok").count() == 2


def test_an_action_goes_all_the_way(office: Any) -> None:
    office.find("mia")
    office.picture(f"{office.name}-page")
    office.press("Refresh tokens")
    office.picture(f"{office.name}-confirm")
    office.page.click("[name=confirmed]")

    office.page.wait_for_selector("text=Tokens: 1 refreshed, 0 dead.")


def test_a_user_is_completed(office: Any) -> None:
    office.find("noah")
    office.press("Merge with another user")
    office.choose_user("admin")
    office.go_on()

    assert "admin" in office.page.inner_text(".ttminis-card")


def test_the_overview_has_its_charts(office: Any) -> None:
    office.open("ttminis_auth/dailycount/")
    office.picture(f"{office.name}-overview")

    assert office.page.locator("svg[role=img]").count() >= 4
