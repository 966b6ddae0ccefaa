"""A call ends in time, however TikTok's answer, name or proxy drags on."""

from __future__ import annotations

import itertools
import json
import re
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pytest
import requests
import trustme
from requests.adapters import HTTPAdapter

from tests.tokens.processes import eventually
from ttminis_auth.tiktok import TikTokClient, TikTokUnavailable, deadline

from .conftest import CODE, KEY, SECRET, TOKENS, Upstream, failure

Script = Callable[[], Iterable[bytes]]

# Each read of a script that drags on takes this long, which no read time-out minds.
PAUSE = 0.05
# What a call may take, and what no call that is bounded takes on any machine.
SECONDS, FAR_TOO_LONG = 0.3, 15.0

HEAD = b"HTTP/1.1 200 .\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BODY = json.dumps(TOKENS).encode()
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Server(socketserver.ThreadingTCPServer):
    """Sends what a script says, piece by piece, to every client."""

    daemon_threads = True
    script: Script
    context: ssl.SSLContext | None = None

    def __init__(self) -> None:
        self.over = threading.Event()
        self.heard: list[bytes] = []
        self.hung_up = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        try:
            with self.connection() as connection:
                self.server.heard.append(whole_request(connection))
                for piece in self.server.script():
                    connection.sendall(piece)
                    if self.server.over.wait(PAUSE):
                        return
        except OSError:
            self.server.hung_up.set()

    def connection(self) -> socket.socket:
        context, plain = self.server.context, self.request
        return context.wrap_socket(plain, server_side=True) if context else plain


def whole_request(connection: socket.socket) -> bytes:
    """Read all: to hang up on the rest would reset the connection."""
    with connection.makefile("rb") as file:
        head = b""
        while (line := file.readline()) not in (b"", b"\r\n"):
            head += line
        length = re.search(rb"Content-Length: (\d+)", head)
        return head + file.read(int(length[1]) if length else 0)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session as ours is; each of its reads may take as long as it likes."""
    with requests.Session() as session:
        session.trust_env = False
        session.request = partial(session.request, timeout=30)  # type: ignore[method-assign]
        for transport in session.adapters.values():
            assert isinstance(transport, HTTPAdapter)
            deadline.bind(transport)
        yield session


Make = Callable[..., TikTokClient]


@pytest.fixture
def make(session: requests.Session) -> Make:
    def client(base_url: str, seconds: float = SECONDS) -> TikTokClient:
        return TikTokClient(
            session=session,
            base_url=base_url,
            client_key=KEY,
            client_secret=SECRET,
            seconds=seconds,
        )

    return client


def drip(text: bytes) -> Iterator[bytes]:
    return (bytes([byte]) for byte in text)


def endless(start: bytes, again: bytes) -> Iterator[bytes]:
    return itertools.chain([start], itertools.repeat(again))


SCRIPTS: dict[str, Script] = {
    "status line": lambda: endless(b"", b"H"),
    "headers": lambda: drip(HEAD + b"X-Slow: " + b"x" * 999),
    "new headers": lambda: endless(HEAD, b"X-One: more\r\n"),
    "continue": lambda: endless(b"", CONTINUE),
    "body": lambda: endless(HEAD + b"Content-Length: 99999\r\n\r\n", b" "),
    "body without length": lambda: endless(HEAD + b"\r\n", b" "),
    "chunks": lambda: endless(CHUNKED, b"1\r\n \r\n"),
    "size of a chunk": lambda: endless(CHUNKED, b"0"),
    "trailers": lambda: endless(CHUNKED + b"1\r\n \r\n0\r\n", b"X: y\r\n"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_answer_that_trickles_is_left_in_time(
    server: Server, make: Make, name: str
) -> None:
    server.script = SCRIPTS[name]
    began = time.monotonic()
    error = failure(lambda: make(f"http://{server.netloc}").exchange_code(CODE))
    assert type(error) is TikTokUnavailable
    assert server.hung_up.wait(FAR_TOO_LONG)
    assert time.monotonic() - began < FAR_TOO_LONG


@pytest.fixture
def tls(server: Server, session: requests.Session, tmp_path: object) -> str:
    """The address of the server, which speaks TLS now."""
    authority = trustme.CA()
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server.context)
    bundle = f"{tmp_path}/authority.pem"
    authority.cert_pem.write_to_path(bundle)
    session.verify = bundle
    return f"https://{server.netloc}"


@pytest.mark.parametrize("name", ["headers", "continue", "body"])
def test_answer_that_trickles_through_tls_is_unavailable_in_time(
    server: Server, make: Make, tls: str, name: str
) -> None:
    server.script = SCRIPTS[name]
    began = time.monotonic()
    failure(lambda: make(tls, 1.0).exchange_code(CODE))
    assert server.heard, "the call failed for another reason"
    assert server.hung_up.wait(FAR_TOO_LONG)
    assert time.monotonic() - began < FAR_TOO_LONG


def test_answer_through_tls_is_read(server: Server, make: Make, tls: str) -> None:
    length = b"Content-Length: %d\r\n\r\n" % len(BODY)
    server.script = lambda: [HEAD, length, BODY]
    assert make(tls, 30.0).exchange_code(CODE).open_id == "an-open-id"


def test_answer_that_closes_the_connection_is_read(server: Server, make: Make) -> None:
    server.script = lambda: [HEAD + b"Connection: close\r\n\r\n", BODY]
    client = make(f"http://{server.netloc}", 30.0)
    assert client.exchange_code(CODE).open_id == "an-open-id"


@pytest.mark.parametrize("url", ["http://tiktok.example", "https://tiktok.example"])
def test_proxy_that_trickles_is_left_in_time(
    server: Server, make: Make, session: requests.Session, url: str
) -> None:
    server.script = SCRIPTS["new headers"]
    session.proxies = {"http": f"http://{server.netloc}", "https": server.netloc}
    failure(lambda: make(url).exchange_code(CODE))
    assert server.hung_up.wait(FAR_TOO_LONG)


def test_tls_that_never_begins_is_left_in_time(server: Server, make: Make) -> None:
    server.script = lambda: endless(b"", b"\x16")
    began = time.monotonic()
    failure(lambda: make(f"https://{server.netloc}").exchange_code(CODE))
    assert time.monotonic() - began < FAR_TOO_LONG


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that answers when the event is set: nothing can interrupt it."""
    answers, look_up = threading.Event(), socket.getaddrinfo

    def resolve(host: str, *args: object, **kwargs: object) -> object:
        answers.wait(FAR_TOO_LONG * 2)
        return look_up("127.0.0.1", *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    yield answers
    answers.set()


def test_name_that_is_not_found_is_left_in_time(
    make: Make, slow_names: threading.Event
) -> None:
    began = time.monotonic()
    error = failure(lambda: make("http://tiktok.example:1").exchange_code(CODE))
    assert error.description == "no answer within 0.3 seconds"
    assert time.monotonic() - began < FAR_TOO_LONG


def test_nothing_is_sent_once_the_caller_has_left(
    server: Server, make: Make, slow_names: threading.Event
) -> None:
    """Or a refresh token would be spent, and its successor thrown away."""
    server.script = lambda: [b""]
    port = server.server_address[1]
    failure(lambda: make(f"http://tiktok.example:{port}").refresh("rft"))
    slow_names.set()
    eventually(lambda: server.heard, FAR_TOO_LONG)
    assert server.heard == [b""]


def test_next_call_does_not_read_what_came_too_late(server: Server, make: Make) -> None:
    """Or one visitor would be logged in by the answer to another one's code."""
    stranger = json.dumps(TOKENS | {"open_id": "a stranger"}).encode()
    length = b"Content-Length: %d\r\n\r\n"
    server.script = lambda: [HEAD + length % len(stranger), *drip(stranger)]
    failure(lambda: make(f"http://{server.netloc}").exchange_code(CODE))
    server.script = lambda: [HEAD + length % len(BODY) + BODY]
    grant = make(f"http://{server.netloc}", 30.0).exchange_code(CODE)
    assert grant.open_id == "an-open-id"


def test_next_call_on_the_connection_has_a_time_of_its_own(
    upstream: Upstream, make: Make
) -> None:
    upstream.answers(TOKENS)
    make(upstream.url, 20.0).exchange_code(CODE)
    make(upstream.url, 30.0).exchange_code(CODE)
    assert upstream.connections == 1


def test_connection_goes_on_where_no_deadline_is_set(
    upstream: Upstream, make: Make, session: requests.Session
) -> None:
    upstream.answers(TOKENS)
    make(upstream.url, 20.0).exchange_code(CODE)
    assert session.get(upstream.url, timeout=None).status_code == 200
    assert upstream.connections == 1


FLOODS = {
    "body": (HEAD + b"Content-Length: 99999999\r\n\r\n", b" "),
    "size of a chunk": (CHUNKED, b"0"),
    "headers": (HEAD, b"x"),
    "continue": (CONTINUE, CONTINUE),
}


@pytest.mark.parametrize("name", FLOODS)
def test_flood_is_not_kept_in_memory(server: Server, make: Make, name: str) -> None:
    start, drop = FLOODS[name]
    flood = iter([start, *[drop * (65536 // len(drop))] * 999])
    server.over.wait = lambda timeout=None: False  # type: ignore[method-assign]
    server.script = lambda: flood
    failure(lambda: make(f"http://{server.netloc}", 30.0).exchange_code(CODE))
    assert server.hung_up.wait(FAR_TOO_LONG)
    assert len(list(flood)) > 99


def test_transport_is_bound_once(session: requests.Session) -> None:
    transport = session.get_adapter("https://tiktok.example")
    assert isinstance(transport, HTTPAdapter)
    classes = transport.poolmanager.pool_classes_by_scheme
    deadline.bind(transport)
    assert transport.poolmanager.pool_classes_by_scheme == classes


def test_error_of_a_call_reaches_the_caller() -> None:
    with pytest.raises(KeyError, match="mine"):
        deadline.within(30.0, lambda: {}["mine"])
