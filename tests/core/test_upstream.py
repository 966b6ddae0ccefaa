"""Each process has one pooled ``requests`` session, made by the project's adapter."""

import os
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from ttminis_auth.core.upstream import _pool, time_limit

pytestmark = pytest.mark.django_db


class OwnTransport(HTTPAdapter):
    pass


class NoHTTP(BaseAdapter):
    pass


class ProxyingAdapter(DefaultSocialAccountAdapter):
    def get_requests_session(self):
        session = super().get_requests_session()
        session.mount("recorded://", NoHTTP())
        session.headers["X-Project"] = "ours"
        session.mount("https://", OwnTransport())
        session.mount("http://", HTTPAdapter(max_retries=Retry(2)))
        return session


def test_many_logins_share_one_connection(send_code, tiktok, tiktok_server):
    send_code("mia")
    before = tiktok_server.connections

    for _ in range(5):
        send_code("mia")

    assert tiktok_server.connections == before


def test_the_session_of_the_project_s_adapter_is_used(settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.core.test_upstream.ProxyingAdapter"

    assert _pool.session().headers["X-Project"] == "ours"


def test_transports_of_the_project_are_not_replaced(settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.core.test_upstream.ProxyingAdapter"

    transports = _pool.session().adapters
    assert type(transports["https://"]) is OwnTransport
    assert type(transports["recorded://"]) is NoHTTP
    assert transports["http://"].max_retries.total == 2


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [(5, 5), (1.5, 1.5), ((3, 4.5), 7.5), (None, 60), ((3, None), 60)],
)
def test_the_time_out_bounds_the_whole_call(settings, timeout, seconds):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = timeout

    assert time_limit() == seconds


@pytest.mark.parametrize("adapter", [DefaultSocialAccountAdapter, ProxyingAdapter])
def test_an_endless_answer_ends_with_the_time_out(settings, send_code, adapter):
    name = f"{adapter.__module__}.{adapter.__qualname__}"
    settings.SOCIALACCOUNT_ADAPTER = name
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.3
    with HTTPServer(("127.0.0.1", 0), EndlessServer) as server:
        settings.TTMINIS_API_BASE_URL = f"http://127.0.0.1:{server.server_port}"
        serving = Thread(target=server.handle_request)
        serving.start()
        assert send_code("mia").status_code == 503
        # The server can send no more, which shows that the call is over.
        serving.join(15)

    assert not serving.is_alive()


class EndlessServer(BaseHTTPRequestHandler):
    """Send one header after the other, until the client disconnects."""

    def do_POST(self):
        self.connection.sendall(b"HTTP/1.1 200 .\r\n")
        with suppress(OSError):
            for _ in range(300):
                self.connection.sendall(b"X-One: more\r\n")
                time.sleep(0.1)

    def log_message(self, format, *args):  # noqa: A002
        pass


def test_a_changed_time_out_makes_a_new_session(settings):
    before = _pool.session()

    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 1.5

    assert _pool.session() is not before


def test_a_proxy_in_the_environment_is_used(monkeypatch, settings):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    settings.TTMINIS_API_BASE_URL = "https://elsewhere.example"

    assert _pool.session().proxies["https"] == "http://proxy.example:3128"


def test_the_session_keeps_up_to_32_connections():
    transport = _pool.session().get_adapter("https://open.tiktokapis.com")

    assert transport._pool_maxsize == 32


def test_a_process_reuses_its_session():
    assert _pool.session() is _pool.session()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.process
def test_a_forked_process_makes_its_own_session():
    inherited = _pool.session()
    read, write = os.pipe()

    if (child := os.fork()) == 0:
        os.write(write, b"own" if _pool.session() is not inherited else b"shared")
        os._exit(0)

    os.waitpid(child, 0)
    assert os.read(read, 10) == b"own"
    os.close(read)
    os.close(write)


class GenerousServer(BaseHTTPRequestHandler):
    """Set a cookie, and record the cookies of each request."""

    seen: ClassVar[list[str | None]] = []

    def do_GET(self):
        self.seen.append(self.headers["Cookie"])
        self.send_response(200)
        self.send_header("Set-Cookie", "tt=visitor")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *args):  # noqa: A002
        pass


def test_a_cookie_from_tiktok_is_not_stored():
    with HTTPServer(("127.0.0.1", 0), GenerousServer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for _ in range(2):
            _pool.session().get(f"http://127.0.0.1:{server.server_port}/").close()
        server.shutdown()

    assert GenerousServer.seen == [None, None]
