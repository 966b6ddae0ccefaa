"""The admin works in a theme with its own classes and templates: django-unfold."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import chromium
from tests.example.conftest import Demo, Visitor, running
from tests.example.test_admin import DESK, PHONE, AdminBrowser

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
def shared_browser(themed: Demo) -> Iterator[AdminBrowser]:
    """One browser for all tests, logged in once, because hashing a password is slow."""
    with chromium.running().new_context() as context:
        admin_browser = AdminBrowser(context.new_page(), themed)
        admin_browser.log_in()
        yield admin_browser


@pytest.fixture(params=[("light", DESK), ("dark", PHONE)], ids=["desk", "phone"])
def admin_browser(shared_browser: AdminBrowser, request: Any) -> Iterator[AdminBrowser]:
    scheme, viewport = request.param
    shared_browser.look_like(scheme, viewport)
    shared_browser.name = f"unfold-{scheme}"  # type: ignore[attr-defined]
    yield shared_browser
    shared_browser.leave()


def test_the_identity_list_has_the_styles_of_the_theme(admin_browser: Any) -> None:
    admin_browser.open("ttminis_auth/identity/")
    admin_browser.picture(f"{admin_browser.name}-list")

    assert "unfold/css/styles.css" in admin_browser.look()
    assert admin_browser.page.locator(".ttminis-badge-ok").count() == 2


def test_an_action_can_be_confirmed_in_the_theme(admin_browser: Any) -> None:
    admin_browser.find("mia")
    admin_browser.picture(f"{admin_browser.name}-page")
    admin_browser.press("Refresh tokens")
    admin_browser.picture(f"{admin_browser.name}-confirm")
    admin_browser.page.click("[name=confirmed]")

    admin_browser.page.wait_for_selector("text=Tokens: 1 refreshed, 0 dead.")


def test_the_name_of_a_user_is_autocompleted_in_the_theme(admin_browser: Any) -> None:
    admin_browser.find("noah")
    admin_browser.press("Merge with another user")
    admin_browser.choose_user("admin")
    admin_browser.go_on()

    assert "admin" in admin_browser.page.inner_text(".ttminis-card")


def test_the_overview_shows_its_charts_in_the_theme(admin_browser: Any) -> None:
    admin_browser.open("ttminis_auth/dailycount/")
    admin_browser.picture(f"{admin_browser.name}-overview")

    assert admin_browser.page.locator("svg[role=img]").count() >= 4
