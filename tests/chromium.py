"""Which Chromium the tests drive, and how it is started.

Debian's ``chromium-headless-shell`` is the same engine without windows and menus, at
half the processor time. ``CHROMIUM`` names another executable.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.requirements import missing

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def executable(*, whole: bool = False) -> str:
    """Return the path of a Chromium; a whole one also blocks third-party cookies."""
    names = ["chromium"] if whole else ["chromium-headless-shell", "chromium"]
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, names)]
    path = next(filter(None, found), None)
    if path is None:
        missing("Chromium is not installed; CHROMIUM can name it")
    return path


@contextmanager
def launched(
    *args: str, whole: bool = False, without: Sequence[str] = ()
) -> Iterator[Browser]:
    """Run a browser for one module: Playwright's event loop must not outlive it.

    ``without`` are arguments of Playwright's own that it does not get.

    While it runs, this thread has a running loop, so Django takes every query in it
    for one in async code and refuses. The tests are synchronous all the same.
    """
    path = executable(whole=whole)
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=path, args=[*ARGS, *args], ignore_default_args=[*without]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser
