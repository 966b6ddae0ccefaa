"""The front end in example_project/spa: built by Vite, on a host like TikTok's."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import call_command

from tests import npm
from tests.fixtures import DRAMA
from tests.waiting import until

from . import names
from .servers import Certificate, Exchange, Road, hosting
from .visitors import ChromiumVisitor

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "example_project" / "spa"
PAGE = f"https://{names.SPA}/index.html"


def print_configuration(path: Path) -> None:
    """Do as docs/how-to/spa.rst says."""
    printed = StringIO()
    options = {"api_base": f"https://{names.API}", "client_key": DRAMA}
    call_command("ttminis_config", stdout=printed, **options)
    path.write_text(printed.getvalue())


@pytest.fixture(scope="session")
def built(tmp_path_factory: Any) -> Path:
    """The page as ``npm run build`` makes it, for a site with its own name."""
    directory: Path = tmp_path_factory.mktemp("spa") / "spa"
    ignored = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(SOURCES, directory, ignore=ignored)
    (directory / "node_modules").symlink_to(npm.installed(SOURCES))
    print_configuration(directory / "src" / "ttminis.config.json")
    with npm.taking_turns(ROOT / "js"):
        npm.run(ROOT / "js", "run", "prepare")
        npm.run(directory, "run", "build")
    return directory / "dist"


@pytest.fixture(scope="session")
def _hosted(built: Path, certificate: Certificate, road: Road) -> Iterator[None]:
    with hosting(built, certificate.context, road, names.SPA):
        yield


@pytest.fixture
def mia(visitor: ChromiumVisitor, _hosted: None) -> ChromiumVisitor:
    """Mia has opened the page and is logged in."""
    visitor.open(PAGE)
    visitor.page.wait_for_selector("#me")
    return visitor


def heading(visitor: ChromiumVisitor) -> str:
    return visitor.page.inner_text("h1")


def press(visitor: ChromiumVisitor, label: str, then: str) -> None:
    """Press a button, and wait for a heading."""
    visitor.page.get_by_role("button", name=label).click()
    visitor.page.get_by_role("heading", name=then).wait_for()


def test_page_is_logged_in_and_asks_the_api_without_a_cookie(
    mia: ChromiumVisitor, exchanges: list[Exchange]
) -> None:
    user = get_user_model().objects.get()
    assert mia.page.inner_text("#me") == (
        f"The site knows you as user {user.pk}, by 0 cookies and one token."
    )
    assert mia.token() == Session.objects.get().session_key
    assert mia.noise == []


def test_page_shows_the_name_after_consent(mia: ChromiumVisitor) -> None:
    assert heading(mia) == "Hello, viewer"
    mia.page.get_by_role("button", name="Show my name").click()
    mia.click("ttminis-simulator-consent button[value=allow]")
    mia.page.get_by_role("heading", name="Hello, Mia").wait_for()
    assert mia.page.get_by_role("button", name="Show my name").count() == 0
    assert mia.noise == []


def test_logout_lasts_until_the_visitor_asks_to_be_let_in(mia: ChromiumVisitor) -> None:
    press(mia, "Log out", then="You are logged out")
    mia.open(PAGE)
    mia.page.get_by_role("heading", name="You are logged out").wait_for()
    until(lambda: not Session.objects.exists())
    press(mia, "Log in with TikTok", then="Hello, viewer")
    assert mia.token() == Session.objects.get().session_key


def test_account_that_changes_in_tiktok_changes_the_page(
    mia: ChromiumVisitor, tiktok: Any
) -> None:
    mias = get_user_model().objects.get().pk
    tiktok.sign_in("noah")
    mia.ask("document.dispatchEvent(new Event('visibilitychange'))")
    me = "document.getElementById('me')?.innerText"
    mia.until(f"{me} && !{me}.includes('user {mias},')")
    noah = get_user_model().objects.exclude(pk=mias).get()
    assert f"user {noah.pk}," in mia.page.inner_text("#me")


def test_build_holds_the_calls_that_the_upload_scan_looks_for(built: Path) -> None:
    html = (built / "index.html").read_text()
    (script,) = (built / "assets").glob("*.js")
    assert f'TTMinis.init({{ clientKey: "{DRAMA}" }})' in html
    assert "TTMinis.login(" in script.read_text()
    assert "TTMinis.authorize(" in script.read_text()


def test_build_loads_nothing_but_its_own_files_and_the_sdk(built: Path) -> None:
    html = (built / "index.html").read_text()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    own = [each for each in loaded if (built / each).is_file()]
    sdk = f"https://{names.SDK}/drama/sdk.js"
    assert sorted(set(loaded) - set(own)) == ["data:,", sdk]


def test_build_is_a_package_that_the_export_finds_nothing_against(
    built: Path,
) -> None:
    call_command("ttminis_export", built, check=True, stdout=StringIO())
