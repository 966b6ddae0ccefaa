"""Which Chromium the tests drive, and how it is started.

Debian's ``chromium-headless-shell`` is the same engine without windows and menus, at
half the processor time. ``CHROMIUM`` names another executable.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.kinds import kind_of
from tests.requirements import missing

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

_Key = tuple[str, tuple[str, ...], tuple[str, ...]]

_started = ExitStack()
_playwright: list[Playwright] = []
_browsers: dict[_Key, Browser] = {}


def executable(*, whole: bool = False) -> str:
    """Return the path of a Chromium; a whole one also blocks third-party cookies."""
    names = ["chromium"] if whole else ["chromium-headless-shell", "chromium"]
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, names)]
    path = next(filter(None, found), None)
    if path is None:
        missing("Chromium is not installed; CHROMIUM can name it")
    return path


def running(*args: str, whole: bool = False, without: Sequence[str] = ()) -> Browser:
    """Return a browser with these arguments; tests bring contexts of their own.

    A start takes a second of processor time, so a browser runs until the next test
    needs none. ``without`` are arguments of Playwright's own that it does not get.
    """
    path = executable(whole=whole)
    key = (path, args, tuple(without))
    if key not in _browsers:
        browser = _start_playwright().chromium.launch(
            executable_path=path, args=[*ARGS, *args], ignore_default_args=[*without]
        )
        _started.callback(browser.close)
        _browsers[key] = browser
    return _browsers[key]


def _start_playwright() -> Playwright:
    """Start it, unless it runs.

    While it runs, this thread has a running loop, so Django takes every query in it
    for one in async code and refuses. The tests are synchronous all the same.
    """
    if not _playwright:
        environment = _started.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        _playwright.append(_started.enter_context(sync_playwright()))
        # Python's development mode would note a traceback for each of its callbacks.
        asyncio.get_running_loop().set_debug(False)
    return _playwright[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Stop Playwright before a test that could stumble over its running loop."""
    try:
        return (yield)
    finally:
        if _playwright and (nextitem is None or kind_of(nextitem) != "browser"):
            _browsers.clear()
            _playwright.clear()
            _started.close()


# For each test: where a file also has tests without a browser, Playwright may have
# stopped since the one before.
@pytest.fixture
def chromium() -> Browser:
    return running()
