"""These browsers keep our cookies away from a package; others would bring them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.chromium import ARGS, executable

from . import names
from .servers import Exchange
from .visitors import ChromiumVisitor, Visitor, WebKitVisitor

pytestmark = pytest.mark.browser

BAIT = f"https://{names.API}/bait/"


def cookies_brought(visitor: Visitor, exchanges: list[Exchange]) -> list[str]:
    """Return what comes with three requests for the page that sets a cookie.

    Two are visits to that page, the third comes from the package.
    """
    for url in (BAIT, BAIT, names.PAGE):
        visitor.open(url)
    visitor.who()
    visitor.ask(f"fetch('{BAIT}', {{mode: 'no-cors', credentials: 'include'}})")
    return [each.cookies for each in exchanges if each.path == "/bait/"]


@pytest.fixture
def permissive(
    chromium: Browser, chromium_args: list[str], _site: None, tmp_path: Path
) -> Iterator[BrowserContext]:
    """A Chromium that lets third-party cookies pass."""
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}))
    context = chromium.browser_type.launch_persistent_context(
        tmp_path,
        executable_path=executable(whole=True),
        args=[*ARGS, *chromium_args],
    )
    yield context
    context.close()


@pytest.mark.usefixtures("_site")
def test_chromium_keeps_the_cookie_away(
    chromium: Browser, exchanges: list[Exchange]
) -> None:
    visitor = ChromiumVisitor(chromium.new_context())
    assert cookies_brought(visitor, exchanges) == ["", "bait=1", ""]
    visitor.context.close()


def test_another_chromium_would_bring_it(
    permissive: BrowserContext, exchanges: list[Exchange]
) -> None:
    visitor = ChromiumVisitor(permissive)
    assert cookies_brought(visitor, exchanges) == ["", "bait=1", "bait=1"]


@pytest.mark.webkit
def test_webkit_keeps_the_cookie_away(
    webkit: WebKitVisitor, exchanges: list[Exchange]
) -> None:
    assert cookies_brought(webkit, exchanges) == ["", "bait=1", ""]
