"""A tiny HTTP server that answers with whatever bytes a test hands it."""

from __future__ import annotations

import functools
import json
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
import requests

from ttminis_auth.tiktok import TikTokClient, TikTokError

KEY = "mn-a-client-key"
SECRET = "the-secret-of-the-app"
CODE = "a-code%that*nobody!may read"
ACCESS = "act.an-access-token"
REFRESH = "rft.a-refresh-token"
SECRETS = (SECRET, CODE, ACCESS, REFRESH)

TOKENS: dict[str, object] = {
    "open_id": "an-open-id",
    "scope": "user.info.open_id",
    "access_token": ACCESS,
    "expires_in": 7200,
    "refresh_token": REFRESH,
    "refresh_expires_in": 15552000,
    "token_type": "Bearer",
}
OK = {"code": "ok", "message": "", "log_id": "log"}


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    fields: dict[str, str]
    connection: int


class Upstream:
    """What the server will answer, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.seen: list[Seen] = []
        self.over = threading.Event()
        self.closes = False
        self._raw: bytes | None = b""

    def answers(self, body: object = b"", status: int = 200, **headers: str) -> None:
        """Answer every request from now on with this body, bytes or JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {"Content-Length": str(len(content))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.answers_raw(f"HTTP/1.1 {status} .\r\n{lines}\r\n".encode() + content)
        self.closes = False

    def answers_raw(self, raw: bytes) -> None:
        """Answer every request from now on with these bytes, and then hang up."""
        self._raw, self.closes = raw, True

    def never_answers(self) -> None:
        """Keep every request waiting until the test is over."""
        self._raw, self.closes = None, True

    def answer(self) -> bytes:
        if self._raw is None:
            self.over.wait()
        return self._raw or b""

    @property
    def connections(self) -> int:
        return len({seen.connection for seen in self.seen})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: Upstream

    def do_GET(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = dict(parse_qsl(form.decode(), keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        port = self.client_address[1]
        self.upstream.seen.append(Seen(self.requestline, headers, fields, port))
        # Before the answer: the test goes on with it, and may change its mind.
        self.close_connection = self.upstream.closes
        self.wfile.write(self.upstream.answer())

    do_POST = do_GET  # noqa: N815


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that hangs up on too much is what some tests want."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    handler = type("ThisHandler", (Handler,), {})
    with Server(("127.0.0.1", 0), handler) as server:
        handler.upstream = Upstream(server.server_port)  # type: ignore[attr-defined]
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield handler.upstream  # type: ignore[attr-defined]
        handler.upstream.over.set()  # type: ignore[attr-defined]
        server.shutdown()
        serving.join()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session as allauth makes it: its time-out is no business of the client's."""
    with requests.Session() as session:
        timed = functools.partial(session.request, timeout=30)
        session.request = timed  # type: ignore[method-assign]
        yield session


@pytest.fixture
def client(upstream: Upstream, session: requests.Session) -> TikTokClient:
    return TikTokClient(
        session=session, base_url=upstream.url, client_key=KEY, client_secret=SECRET
    )


def failure(call: Callable[[], object]) -> TikTokError:
    """Return the error that the call ends in."""
    with pytest.raises(TikTokError) as raised:
        call()
    return raised.value


def texts_of(error: BaseException) -> str:
    """Return all that a log, a console or an error tracker would show."""
    cause = error.__cause__
    shown = [str(error), repr(error), repr(vars(error)), repr(cause)]
    shown += [repr(vars(cause))] if cause else []
    return "".join([*shown, *traceback.format_exception(error)])
