"""The example in its own process, with its own port and database."""

import os
import re
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

from tests.ports import reserved_port

MANAGE = Path(__file__).parents[2] / "example_project" / "manage.py"
STARTUP_SECONDS = 180
DRAMA, GAME = "mnsimdrama000001", "mnsimgame0000002"
# Tables with rows that are not from visitors.
FROM_MIGRATIONS = {
    "auth_permission",
    "auth_user",
    "django_content_type",
    "django_migrations",
    # Sessions of deleted users are anonymous, and the admin stays logged in.
    "django_session",
    "sqlite_sequence",
}


def environment(**extra: str) -> dict[str, str]:
    """Return the environment without variables that would change the example."""
    foreign = (
        "DJANGO_ALLOW_ASYNC_UNSAFE",
        "DJANGO_SETTINGS_MODULE",
        "BUNDLE_PORT",
        "EXAMPLE_HOST",
        "PYTHONDEVMODE",
        "PYTHONUNBUFFERED",
        "SECRET_KEY",
    )
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in foreign and not name.startswith("TTMINIS_")
    }
    return {**variables, **extra}


def manage(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run one of the example's commands to its end."""
    command = [sys.executable, str(MANAGE), *args]
    return subprocess.run(
        command, env=environment(**env), capture_output=True, text=True, timeout=180
    )


@dataclass(frozen=True)
class Demo:
    """A running example, and the file of its terminal output."""

    port: int
    hosted_port: int
    database: Path
    terminal: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hosted(self, client_key: str = DRAMA) -> str:
        """Return the URL at which TikTok would host the page of this app."""
        return f"http://minis-{client_key}-demo-1.localhost:{self.hosted_port}"

    @property
    def password(self) -> str:
        found = re.search(r'password "(.+?)"', self.terminal.read_text())
        assert found, "the terminal shows no password"
        return found[1]


@contextmanager
def running(database: Path, terminal: Path, **more: str) -> Iterator[Demo]:
    """Serve the example until the block ends."""
    with reserved_port() as port, reserved_port() as hosted_port:
        demo = Demo(port, hosted_port, database, terminal)
        ports = {"PORT": str(port), "BUNDLE_PORT": str(hosted_port)}
        env = environment(**ports, EXAMPLE_DB=str(database), **more)
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
            process.wait(60)


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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    place = tmp_path_factory.mktemp("example")
    with running(place / "db.sqlite3", place / "terminal.txt") as running_demo:
        yield running_demo


@pytest.fixture(scope="session")
def operator_cookies(server: Demo) -> dict[str, str]:
    """The admin's session, made once, because hashing the password is slow."""
    with Visitor(server) as operator:
        operator.log_in_by_password()
        return operator.cookies.get_dict()


@pytest.fixture(scope="session")
def simulator_operator(server: Demo) -> Iterator["Visitor"]:
    with Visitor(server) as operator:
        yield operator


@pytest.fixture
def demo(server: Demo, simulator_operator: "Visitor") -> Demo:
    """An example without users but the admin.

    Starting an example takes seconds, so all tests share one and delete its users.
    """
    simulator_operator.order("clear", what="world")
    with closing(sqlite3.connect(server.database, timeout=20)) as database, database:
        delete_visitors(database)
    return server


def delete_visitors(database: sqlite3.Connection) -> None:
    # Primary keys are not reused: the server's cache uses them.
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    tables = {name for (name,) in database.execute(query)}
    for table in sorted(tables - FROM_MIGRATIONS):
        database.execute(f'DELETE FROM "{table}"')
    database.execute("DELETE FROM auth_user WHERE NOT is_superuser")


class Visitor(requests.Session):
    """A browser without a screen: cookies, the CSRF token, and TikTok's codes."""

    def __init__(self, demo: Demo) -> None:
        super().__init__()
        self.demo = demo

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        # Send the CSRF token of the cookie, as the example's pages do.
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

    def order(self, event: str, **data: str) -> None:
        """Press a button on the page of the simulated TikTok."""
        if "csrftoken" not in self.cookies:
            self.get("/tiktok/")
        address = f"/tiktok/control/{event}/"
        self.post(address, data=data, allow_redirects=False).raise_for_status()

    def sign_in_to_tiktok(self, handle: str) -> None:
        self.order("sign-in", handle=handle)

    def log_in_silently(self, handle: str, client_key: str = DRAMA) -> Any:
        """Log in as the page does, as the TikTok user with this handle."""
        self.sign_in_to_tiktok(handle)
        return self.send_code(self.new_code(client_key), client_key, "login")

    def new_code(self, client_key: str) -> Any:
        asked = {"client_key": client_key}
        return self.post("/tiktok/sdk/login/", json=asked).json()["code"]

    def consent(self, client_key: str = DRAMA) -> Any:
        """Consent to show name and picture, as the user signed in to TikTok."""
        asked = {"client_key": client_key, "scope": "user.info.basic", "allow": True}
        code = self.post("/tiktok/sdk/authorize/", json=asked).json()["code"]
        return self.send_code(code, client_key, "authorize")

    def send_code(self, code: str, client_key: str, process: str) -> Any:
        body = {"code": code, "client_key": client_key, "process": process}
        return self.post("/accounts/ttminis/login/code/", json=body)

    def end(self, what: str, handle: str = "mia", client_key: str = DRAMA) -> None:
        """Let a user's tokens expire or become invalid, without a webhook."""
        self.order("end", what=what, handle=handle, client_key=client_key)

    def remove_app(self, handle: str = "mia", client_key: str = DRAMA) -> None:
        """Remove the app in TikTok's settings; TikTok sends a webhook."""
        self.order("remove-app", handle=handle, client_key=client_key)

    def log_in_by_password(self) -> Any:
        self.get("/accounts/login/")
        data = {"login": "admin", "password": self.demo.password}
        return self.post("/accounts/login/", data=data)

    def token_account(self) -> Any:
        """Return the data about the tokens of the only TikTok account."""
        (only,) = self.get("/me/tokens/").json()["accounts"]
        return only

    def use_token(self) -> Any:
        """Press "Use the token" and return the outcome."""
        path = f"/me/tokens/{self.token_account()['id']}/use/"
        return self.post(path).json()["outcome"]

    def log_out(self) -> None:
        self.post("/accounts/logout/").raise_for_status()


@pytest.fixture
def new_visitor(demo: Demo) -> Iterator[Callable[[], Visitor]]:
    with ExitStack() as opened:

        def new() -> Visitor:
            visitor = opened.enter_context(Visitor(demo))
            visitor.get("/").raise_for_status()
            return visitor

        yield new


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    return new_visitor()


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A new browser context of the size of a phone."""
    with chromium.new_context(viewport={"width": 390, "height": 844}) as context:
        yield context


@pytest.fixture
def page(demo: Demo, phone: Any) -> Iterator[Any]:
    """A page that fails the test for anything in its console."""
    complaints: list[str] = []

    def note(message: Any) -> None:
        if not is_expected(message.text, message.location["url"]):
            complaints.append(message.text)

    tab = phone.new_page()
    tab.on("console", note)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    # Close the page before the context, so that its last message arrives.
    tab.close()
    assert complaints == []


def is_expected(text: str, url: str) -> bool:
    """Return whether this is Chromium's message about an expected answer."""
    is_conflict = "the server responded with a status of 409" in text
    # allauth answers so when it has ended a token session.
    is_logout = "status of 401" in text and url.endswith("/auth/session")
    return is_conflict or is_logout


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark all tests without a browser: the example runs in its own process."""
    if item.get_closest_marker("browser") is None:
        item.add_marker("process")
