"""The example as a stranger runs it: its own process, port and database."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

MANAGE = Path(__file__).parents[2] / "example_project" / "manage.py"
STARTUP_SECONDS = 60
DRAMA, GAME = "mnsimdrama000001", "mnsimgame0000002"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
]


def environment(**extra: str) -> dict[str, str]:
    """Return ours without what would make the example somebody else's."""
    foreign = (
        "DJANGO_SETTINGS_MODULE",
        "EXAMPLE_HOST",
        "PYTHONDEVMODE",
        "PYTHONUNBUFFERED",
        "SECRET_KEY",
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in foreign and not name.startswith("TTMINIS_")
    }
    return {**kept, **extra}


def manage(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run one of the example's commands to its end."""
    command = [sys.executable, str(MANAGE), *args]
    return subprocess.run(
        command, env=environment(**env), capture_output=True, text=True, timeout=60
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Demo:
    """A running example, and where it writes what a person would read."""

    port: int
    database: Path
    terminal: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        found = re.search(r'password "(.+?)"', self.terminal.read_text())
        assert found, "the terminal shows no password"
        return found[1]


@contextmanager
def running(database: Path, terminal: Path) -> Iterator[Demo]:
    """Serve the example until the block ends."""
    demo = Demo(port=free_port(), database=database, terminal=terminal)
    env = environment(PORT=str(demo.port), EXAMPLE_DB=str(database))
    with terminal.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(MANAGE), "demo"],
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_served(demo, process)
        yield demo
    finally:
        process.terminate()
        process.wait(10)


def wait_until_served(demo: Demo, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{demo.url}/viewer/", timeout=10).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The example does not serve:\n{demo.terminal.read_text()}")


@pytest.fixture
def fresh_demo(tmp_path: Path) -> Iterator[Demo]:
    """An example in which nobody has ever logged in."""
    with running(tmp_path / "db.sqlite3", tmp_path / "terminal.txt") as running_demo:
        yield running_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    place = tmp_path_factory.mktemp("example")
    with running(place / "db.sqlite3", place / "terminal.txt") as running_demo:
        yield running_demo


class Visitor(requests.Session):
    """A browser without a screen: cookies, the CSRF token, and TikTok's codes."""

    def __init__(self, demo: Demo) -> None:
        super().__init__()
        self.demo = demo

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        # As browsers do it: the token from the cookie, whenever there is one.
        token = self.cookies.get("csrftoken")
        headers = {**(kwargs.pop("headers", None) or {}), "X-CSRFToken": token}
        kwargs.setdefault("timeout", 30)
        url = self.demo.url + url if url.startswith("/") else url
        return super().request(method, url, *args, headers=headers, **kwargs)

    def viewer(self) -> Any:
        return self.get("/viewer/").json()

    def seen(self) -> Any:
        return self.viewer()["seen"]

    def watch(self, episode: int, seconds: float, viewer: str | None) -> Any:
        body = {"viewer": viewer, "episode": episode, "seconds": seconds}
        return self.post("/progress/", json=body)

    def sign_in_to_tiktok(self, handle: str) -> None:
        self.get("/tiktok/")
        data = {"handle": handle}
        self.post("/tiktok/control/sign-in/", data=data).raise_for_status()

    def log_in_silently(self, handle: str, client_key: str = DRAMA) -> Any:
        """Do what the page does, as the person with this handle."""
        self.sign_in_to_tiktok(handle)
        asked = {"client_key": client_key}
        code = self.post("/tiktok/sdk/login/", json=asked).json()["code"]
        return self.send_code(code, client_key, "login")

    def consent(self, client_key: str = DRAMA) -> Any:
        """Agree to show name and picture, as who is signed in to TikTok."""
        asked = {"client_key": client_key, "scope": "user.info.basic", "allow": True}
        code = self.post("/tiktok/sdk/authorize/", json=asked).json()["code"]
        return self.send_code(code, client_key, "authorize")

    def send_code(self, code: str, client_key: str, process: str) -> Any:
        body = {"code": code, "client_key": client_key, "process": process}
        return self.post("/accounts/ttminis/login/code/", json=body)

    def log_in_by_password(self) -> Any:
        self.get("/accounts/login/")
        data = {"login": "admin", "password": self.demo.password}
        return self.post("/accounts/login/", data=data)

    def log_out(self) -> None:
        self.post("/accounts/logout/").raise_for_status()


@pytest.fixture
def clean_slate(demo: Demo) -> None:
    """Forget what was watched: the people are the same three in every test."""
    with closing(sqlite3.connect(demo.database, timeout=20)) as database, database:
        database.execute("DELETE FROM drama_progress")


@pytest.fixture
def new_visitor(demo: Demo, clean_slate: None) -> Iterator[Callable[[], Visitor]]:
    with ExitStack() as opened:

        def visitor() -> Visitor:
            newcomer = opened.enter_context(Visitor(demo))
            newcomer.get("/").raise_for_status()
            return newcomer

        yield visitor


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    return new_visitor()


@pytest.fixture
def page(demo: Demo, clean_slate: None) -> Iterator[Any]:
    """A phone-sized Chromium page that fails the test for anything in its console."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not executable:
        if os.environ.get("TTMINIS_REQUIRE_ALL") == "1":
            pytest.fail("Chromium is required here and missing.")
        pytest.skip("needs Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=CHROMIUM_ARGS
        )
        phone = browser.new_context(viewport={"width": 390, "height": 844})
        tab = phone.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        # Chromium's own word on an answer that the page expects and explains.
        conflict = "the server responded with a status of 409"
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        yield tab
        browser.close()
    assert [text for text in complaints if conflict not in text] == []
