"""A visitor with a browser of any engine."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from typing import Any

from playwright.sync_api import BrowserContext
from selenium.webdriver.remote.webdriver import WebDriver

from .names import PAGE

TOKEN = "Object.keys(sessionStorage).find((key) => key.includes(':token:'))"
# Wherever a page can put something, its storage aside.
TRACES = """JSON.stringify([
  document.documentElement.outerHTML, location.href, document.cookie, document.referrer,
  window.seen, window.name, history.state, TTMinisAuth.session,
  performance.getEntries().map((each) => each.name),
])"""


class Visitor(ABC):
    @abstractmethod
    def open(self, url: str = PAGE) -> None: ...

    @abstractmethod
    def ask(self, expression: str) -> Any:
        """Return what this comes to in the page; waits for a promise."""

    def until(self, expression: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not self.ask(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"never came true: {expression}"
            time.sleep(0.02)

    def event(self, name: str, *, count: int = 1) -> dict[str, Any]:
        """Wait for the page's event and return its detail, of the latest of `count`."""
        seen = f"window.seen.filter((each) => each.name === '{name}')"
        self.until(f"window.seen && {seen}.length >= {count}")
        detail: dict[str, Any] = self.ask(f"{seen}[{count - 1}].detail")
        return detail

    def who(self) -> str:
        """Return the user that the project's API saw while the page was loading."""
        self.until("document.getElementById('who')?.textContent")
        return str(self.ask("document.getElementById('who').textContent"))

    def status(self, request: str) -> Any:
        """Return the status of an answer, or the name of what the request met."""
        return self.ask(f"{request}.then((answer) => answer.status, (e) => e.name)")

    def token(self) -> str | None:
        """Return the session token that this tab keeps."""
        kept = self.ask(f"sessionStorage.getItem({TOKEN} || '')")
        return json.loads(kept)["tokens"]["session"] if kept else None

    def log_out(self) -> None:
        self.ask("document.querySelector('[data-ttminis-logout]').click()")
        self.event("logout")


class ChromiumVisitor(Visitor):
    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.noise: list[str] = []
        self.page.on("console", lambda message: self.noise.append(message.text))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))

    def open(self, url: str = PAGE) -> None:
        self.page.goto(url)

    def ask(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def click(self, selector: str) -> None:
        self.page.click(selector)


class WebKitVisitor(Visitor):
    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        driver.set_script_timeout(30)

    def open(self, url: str = PAGE) -> None:
        self.driver.get(url)

    def ask(self, expression: str) -> Any:
        done = "arguments[arguments.length - 1]"
        return self.driver.execute_async_script(
            f"const done = {done}; Promise.resolve({expression}).then(done);"
        )
