"""A browser that talks WSGI to the project, and what a meter reads of each request.

Django's test client would do its own work inside the measurement, more of it than
some of the logins; a server would add its sockets. So this is what a server calls.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults

from django.db import connection

from .tiktok import TikTok

# What a page that was loaded before has left; sent with every login alike.
CODE_URL = "/accounts/ttminis/login/code/"
CSRF_TOKEN = "0123456789abcdefghijklmnopqrstuv"
CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")

Meter = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Milliseconds that one request took."""

    cpu: float
    wall: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What one request caused; ``statements`` without transaction control."""

    statements: tuple[str, ...]
    requests: int
    connections: int


def stopwatch(readings: list[Times]) -> Meter:
    """Return a meter that adds the times of each request to ``readings``."""

    @contextmanager
    def measure() -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        readings.append(Times(cpu=cpu * 1000, wall=wall * 1000))

    return measure


def counter(readings: list[Counts], tiktok: TikTok) -> Meter:
    """Return a meter that adds the counts of each request to ``readings``."""

    @contextmanager
    def measure() -> Iterator[None]:
        tiktok.take_counts()
        with noted() as statements:
            yield
        requests, connections = tiktok.take_counts()
        readings.append(
            Counts(
                statements=tuple(statements),
                requests=requests,
                connections=connections,
            )
        )

    return measure


@contextmanager
def noted() -> Iterator[list[str]]:
    """Give what notes the SQL statements that are made inside."""
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if not sql.startswith(CONTROL):
            statements.append(sql)
        return execute(sql, *arguments)

    with connection.execute_wrapper(note):
        yield statements


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    status: int
    location: str
    body: bytes


class Browser:
    """A new session: no cookies but the CSRF token's. Each request is metered."""

    def __init__(
        self, application: WSGIApplication, meter: Meter, **headers: str
    ) -> None:
        self._application = application
        self._meter = meter
        self._headers = headers
        self._cookies = SimpleCookie({"csrftoken": CSRF_TOKEN})

    def cookie(self, name: str) -> str | None:
        found = self._cookies.get(name)
        return found.value if found else None

    def get(self, path: str, query: str = "") -> Answer:
        return self._send("GET", path, QUERY_STRING=query)

    def post(self, path: str, body: bytes, content_type: str) -> Answer:
        return self._send("POST", path, body, CONTENT_TYPE=content_type)

    def _send(self, method: str, path: str, body: bytes = b"", **extra: str) -> Answer:
        environ = self._environ(method, path, body) | self._headers | extra
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            head.extend((status, headers))

        with self._meter():
            chunks = self._application(environ, start)
            content = b"".join(chunks)
            # A server closes it, and only then is the request finished.
            chunks.close()  # type: ignore[attr-defined]
        status, headers = head
        for name, value in headers:
            if name == "Set-Cookie":
                self._cookies.load(value)
        location = dict(headers).get("Location", "")
        return Answer(status=int(status[:3]), location=location, body=content)

    def _environ(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_COOKIE": self._cookies.output([], header="", sep=";").strip(),
            # Django renews it with a login.
            "HTTP_X_CSRFTOKEN": self._cookies["csrftoken"].value,
            "wsgi.input": io.BytesIO(body),
        }
        setup_testing_defaults(environ)
        return environ
