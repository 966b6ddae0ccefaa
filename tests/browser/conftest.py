"""A real Chromium on the real site, with stand-ins for TikTok's SDK."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.requirements import missing

SDKS = Path(__file__).parent / "sdks"
SDK_URL = "https://connect.tiktok-minis.com/drama/sdk.js"
CLIENT_KEY = "mnsimdrama000001"
CONSENTED = ("user.info.open_id", "user.info.basic")
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# Each SDK file finds its codes here. Playwright serves the script anew at every load,
# so a reload gets fresh codes, as it would in TikTok.
PREAMBLE = """
window.__sdkCalls = 0;
window.__says = {says};
const inits = window.__inits = [];
const codes = {codes};
const nextCode = () => codes.shift();
const consents = {consents};
const nextConsent = () => consents.shift();
"""

RECORDER = """
window.seen = [];
for (const name of ['login', 'authorize', 'error', 'logout']) {
  document.addEventListener('ttminis:' + name, (event) => {
    window.seen.push({name, detail: JSON.parse(JSON.stringify(event.detail))});
  });
}
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: Playwright's event loop must not outlive it.

    While it runs, this thread has a running loop, so Django takes every query in it
    for one in async code and refuses. The tests are synchronous all the same.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        missing("Chromium is not installed; CHROMIUM can name it")
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


class Visit:
    """One person's browser on the site."""

    def __init__(
        self,
        page: Page,
        site: str,
        *,
        new_code: Callable[[], str],
        new_consent: Callable[[], str],
    ) -> None:
        self.page = page
        self.site = site
        self.new_code = new_code
        self.new_consent = new_consent
        self.says: Any = None
        self.noise: list[str] = []
        self.refusals_expected = False
        page.on("console", lambda message: self.noise.append(message.text))
        page.on("pageerror", lambda error: self.noise.append(str(error)))
        page.add_init_script(RECORDER)

    def use_sdk(self, name: str, *, says: Any = None, method: str = "login") -> None:
        """Serve this stand-in wherever the page asks for TikTok's SDK.

        With ``method="authorize"`` it does with that what is written of its login.
        """
        self.says = says
        source = (SDKS / f"{name}.js").read_text()
        if method == "authorize":
            source = source.replace("login", method).replace("nextCode", "nextConsent")
        self.page.unroute(SDK_URL)
        self.page.route(SDK_URL, lambda route: self._serve(route, source))

    def _serve(self, route: Route, source: str) -> None:
        codes = [self.new_code() for _ in range(4)]
        consents = [self.new_consent() for _ in range(2)]
        preamble = PREAMBLE.replace("{codes}", json.dumps(codes))
        preamble = preamble.replace("{consents}", json.dumps(consents))
        preamble = preamble.replace("{says}", json.dumps(self.says))
        route.fulfill(body=preamble + source, content_type="text/javascript")

    def hold(self) -> None:
        """Let the usual SDK wait with its answers until `release`."""
        self.page.add_init_script("window.__hold = true;")

    def release(self) -> None:
        self.until("Boolean(window.release)")
        self.page.evaluate("window.release()")

    def open(self, path: str = "/stage/") -> None:
        self.page.goto(self.site + path)

    def until(self, expression: str, seconds: float = 8) -> None:
        """Wait until this is true; Playwright's own wait needs eval in the page."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"never came true: {expression}"
            self.page.wait_for_timeout(20)

    def event(self, name: str, *, count: int = 1) -> dict[str, Any]:
        """Wait for the page's event and return its detail, of the latest of `count`."""
        seen = f"window.seen.filter((each) => each.name === '{name}')"
        self.until(f"{seen}.length >= {count}")
        detail: dict[str, Any] = self.page.evaluate(f"{seen}[{count - 1}].detail")
        return detail

    def ready(self) -> None:
        """Wait for the page's own login, or for its absence."""
        self.until("Boolean(window.TTMinisAuth)")
        self.page.evaluate("TTMinisAuth.ready.then(() => null)")

    def event_names(self) -> list[str]:
        names: list[str] = self.page.evaluate("window.seen.map((each) => each.name)")
        return names

    def sdk_calls(self) -> int:
        return int(self.page.evaluate("window.__sdkCalls"))

    def who(self) -> str:
        """Return the user that the server rendered the page for."""
        return self.page.inner_text("#who")

    def unexpected_noise(self) -> list[str]:
        """Return what the console holds, without what the browser itself must say.

        Chromium reports each answer of 400 and above; no page can prevent that.
        """
        refusal = "Failed to load resource: the server responded with a status of"
        return [
            text
            for text in self.noise
            if not (self.refusals_expected and text.startswith(refusal))
        ]


@pytest.fixture
def _answered(live_server: Any) -> Iterator[None]:
    """Wait for requests that a closed page left behind.

    The test's tables are flushed next, and on PostgreSQL a flush and a request in the
    server's thread can wait for each other.
    """
    under_way = Semaphore(0)
    started = lambda **kwargs: under_way.release()  # noqa: E731
    finished = lambda **kwargs: under_way.acquire(blocking=False)  # noqa: E731
    request_started.connect(started, weak=False)
    request_finished.connect(finished, weak=False)
    yield
    deadline = time.monotonic() + 5
    while under_way.acquire(blocking=False) and time.monotonic() < deadline:
        under_way.release()
        time.sleep(0.01)
    request_started.disconnect(started)
    request_finished.disconnect(finished)


@pytest.fixture
def visit(
    chromium: Browser, live_server: Any, tiktok: Any, settings: Any, _answered: None
) -> Iterator[Visit]:
    """Somebody opens the site inside TikTok, signed in there as mia."""
    settings.ROOT_URLCONF = "tests.browser.urls"
    context = chromium.new_context()
    visit = Visit(
        context.new_page(),
        live_server.url,
        new_code=lambda: tiktok.issue_code(CLIENT_KEY),
        new_consent=lambda: tiktok.issue_code(CLIENT_KEY, scopes=CONSENTED),
    )
    visit.page.set_default_timeout(8000)
    visit.use_sdk("usual")
    yield visit
    context.close()
    assert visit.unexpected_noise() == []
