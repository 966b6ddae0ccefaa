"""A real Chromium on a live server, with substitutes for TikTok's SDK."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Semaphore, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.signals import request_finished, request_started
from django.template import Context, engines
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Route,
    expect,
)

# In seconds, for events that come within one second on an idle machine.
TIMEOUT = 30
expect.set_options(timeout=TIMEOUT * 1000)

SDKS = Path(__file__).parent / "sdks"
SDK_URL = "https://connect.tiktok-minis.com/drama/sdk.js"
CLIENT_KEY = "mnsimdrama000001"
CONSENTED = ("user.info.open_id", "user.info.basic")

# Each SDK file reads its codes from here. Playwright serves the script at every load,
# so a reload gets new codes, as it would in TikTok.
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


class Visit:
    """A visitor's browser on the site."""

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
        """Serve this substitute wherever the page loads TikTok's SDK.

        With ``method="authorize"`` the substitute's login becomes its authorize.
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
        """Let the usual SDK wait with its answers for `release`."""
        self.page.add_init_script("window.__hold = true;")

    def release(self) -> None:
        self.until("Boolean(window.release)")
        self.page.evaluate("window.release()")

    def open(self, path: str = "/stage/") -> None:
        self.page.goto(self.site + path)

    def until(self, expression: str, seconds: float = TIMEOUT) -> None:
        """Wait until this is true; Playwright's own wait needs eval in the page."""
        deadline = time.monotonic() + seconds
        while not self._is_true(expression):
            assert time.monotonic() < deadline, f"never came true: {expression}"
            self.page.wait_for_timeout(20)

    def _is_true(self, expression: str) -> bool:
        try:
            return bool(self.page.evaluate(expression))
        except Error as error:
            # The page is being replaced by the next one.
            if "context was destroyed" not in error.message:
                raise
            return False

    def caught(self, held: list[Route]) -> Route:
        """Wait until a route has caught its first request."""
        deadline = time.monotonic() + TIMEOUT
        while not held:
            assert time.monotonic() < deadline, "no request came"
            self.page.wait_for_timeout(20)
        return held[0]

    def event(self, name: str, *, count: int = 1) -> dict[str, Any]:
        """Wait for the page's event and return its detail, of the latest of `count`."""
        seen = f"window.seen.filter((each) => each.name === '{name}')"
        self.until(f"{seen}.length >= {count}")
        detail: dict[str, Any] = self.page.evaluate(f"{seen}[{count - 1}].detail")
        return detail

    def ready(self) -> None:
        """Wait for `TTMinisAuth.ready`, with or without a login."""
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
        """Return the console's messages, without Chromium's about expected refusals.

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
    """Wait for requests that a closed page has not finished.

    The test's tables are flushed next, and on PostgreSQL a flush and a request in the
    server's thread can wait for each other.
    """
    under_way = Semaphore(0)
    started = lambda **kwargs: under_way.release()  # noqa: E731
    finished = lambda **kwargs: under_way.acquire(blocking=False)  # noqa: E731
    request_started.connect(started, weak=False)
    request_finished.connect(finished, weak=False)
    yield
    deadline = time.monotonic() + TIMEOUT
    while under_way.acquire(blocking=False) and time.monotonic() < deadline:
        under_way.release()
        time.sleep(0.01)
    request_started.disconnect(started)
    request_finished.disconnect(finished)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A new browser context without cookies or history."""
    with chromium.new_context() as context:
        yield context


def clear_site_data(page: Page, origin: str) -> None:
    """Delete the site's cookies, storage and caches from the browser."""
    everything = {"origin": origin, "storageTypes": "all"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", everything)


@pytest.fixture
def visit(
    context: BrowserContext,
    live_server: Any,
    tiktok: Any,
    settings: Any,
    _answered: None,
) -> Iterator[Visit]:
    """A visitor opens the site inside TikTok, signed in there as mia."""
    settings.ROOT_URLCONF = "tests.browser.urls"
    visit = Visit(
        context.new_page(),
        live_server.url,
        new_code=lambda: tiktok.issue_code(CLIENT_KEY),
        new_consent=lambda: tiktok.issue_code(CLIENT_KEY, scopes=CONSENTED),
    )
    visit.page.set_default_timeout(TIMEOUT * 1000)
    visit.use_sdk("usual")
    yield visit
    clear_site_data(visit.page, live_server.url)
    for page in context.pages:
        page.close()
    assert visit.unexpected_noise() == []


HOSTED_PAGE = """{% load ttminis %}<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Hosted page</title>
    <link rel="icon" href="data:,">
    {% ttminis_sdk mode="token" api_base=api client_key=key silent=silent next=next %}
  </head>
  <body>
    <p>{% ttminis_login_button %}</p>
    <p>{% ttminis_authorize_button %}</p>
    <a href="#left" data-ttminis-logout>Leave</a>
  </body>
</html>
"""


class PageHost:
    """A server on another origin, which serves a page as TikTok would host it.

    It renders the page for each request, so no test has to export one.
    """

    def __init__(self) -> None:
        self.api_base = ""
        self.headers: dict[str, str] = {}
        page_host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, kind = page_host.find(self.path)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                for name, value in page_host.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def suffix(self) -> str:
        return f"http://localhost:{self.server.server_port}"

    @property
    def origin(self) -> str:
        return self.suffix.replace("//", f"//minis-{CLIENT_KEY}-7f3kq9x2mdfab-1.")

    def find(self, address: str) -> tuple[bytes, str]:
        parts = urlsplit(address)
        if parts.path.endswith((".js", ".css")):
            found = finders.find(parts.path.removeprefix("/static/"))
            kind = "text/javascript" if parts.path.endswith("js") else "text/css"
            return Path(found).read_bytes(), kind
        asked = parse_qs(parts.query, keep_blank_values=True)
        context = {
            "api": self.api_base,
            # Given, so that no query opens a database connection in this thread.
            "key": CLIENT_KEY,
            "silent": "quiet" not in asked,
            "next": asked.get("next", [None])[0],
        }
        # Render without a request, and so without context processors.
        template = engines["django"].from_string(HOSTED_PAGE).template
        return template.render(Context(context)).encode(), "text/html"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def page_host(live_server: Any, settings: Any) -> Iterator[PageHost]:
    page_host = PageHost()
    page_host.api_base = live_server.url
    settings.TTMINIS_ORIGIN_SUFFIXES = [page_host.suffix]
    settings.TTMINIS_CORS_PATHS = ["/api/"]
    yield page_host
    page_host.close()


@pytest.fixture
def hosted(visit: Visit, page_host: PageHost) -> Iterator[Visit]:
    """A visitor opens the page where TikTok hosts it. No cookie may arrive."""
    visit.site = page_host.origin
    yield visit
    assert visit.page.context.cookies() == []
