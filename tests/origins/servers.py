"""Servers with TLS on loopback, and the one road that leads a browser to them."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import shift_path_info

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler as _Quiet

from ttminis_auth.testing.server import application as simulator

LOOPBACK = "127.0.0.1"
HERE = (LOOPBACK, 0)


class Certificate:
    """One certificate for all the names, from an authority made for this run."""

    def __init__(self, *names: str) -> None:
        certificate = trustme.CA().issue_cert(*names)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self.context)
        self._pem = certificate.cert_chain_pems[0].bytes()

    @property
    def fingerprint(self) -> str:
        """The hash of its public key, which makes Chromium trust it."""
        key = load_pem_x509_certificate(self._pem).public_key()
        content = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(content).digest()).decode()


class _Secure(BaseServer):
    """For a server with threads: speaks TLS on every connection."""

    tls: ssl.SSLContext

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        # The handshake comes with the first read, in the connection's own thread: a
        # browser opens connections in advance and lets them wait.
        secured = self.tls.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        return secured, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: what a browser drops half-way is its own affair."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What the site was asked, and how it answered."""

    method: str
    path: str
    query: str
    cookies: str
    status: int
    headers: dict[str, str]

    @property
    def is_open(self) -> bool:
        """Whether a page of another origin gets to see the answer."""
        return any(name.startswith("access-control-") for name in self.headers)


class _SecureWSGI(_Secure, ThreadedWSGIServer):
    def __init__(self, tls: ssl.SSLContext, *args: Any, **options: Any) -> None:
        self.tls = tls
        super().__init__(*args, **options)

    def setup_environ(self) -> None:
        super().setup_environ()
        self.base_environ["HTTPS"] = "on"


class SecureSite(_SecureWSGI):
    """Django behind TLS. It remembers what happened in ``exchanges``."""

    exchanges: list[Exchange]

    def set_app(self, application: Any) -> None:
        self.exchanges = []

        def remembering(environ: dict[str, Any], start_response: Any) -> Iterable[Any]:
            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                self.exchanges.append(_exchange(environ, status, headers))
                return start_response(status, headers, *rest)

            return application(environ, start)

        super().set_app(remembering)


def _exchange(
    environ: dict[str, Any], status: str, headers: list[tuple[str, str]]
) -> Exchange:
    return Exchange(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=environ["QUERY_STRING"],
        cookies=environ.get("HTTP_COOKIE", ""),
        status=int(status.split()[0]),
        headers={name.lower(): value for name, value in headers},
    )


def _sdk_host(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer as TikTok's own host, which has the SDK at ``/drama/sdk.js``."""
    assert shift_path_info(environ) == "drama"
    return simulator(environ, start_response)


class _Files(SimpleHTTPRequestHandler):
    """A package as any static host serves it."""

    def log_message(self, *args: Any) -> None:
        pass


class _SecureFiles(_Secure, ThreadingHTTPServer):
    def __init__(self, tls: ssl.SSLContext, package: Path) -> None:
        self.tls = tls
        super().__init__(HERE, partial(_Files, directory=package))


class _Gate(_Files):
    """The browser's proxy. It knows the names of the rehearsal and no others.

    A request without TLS gets the package from it, as from an attacker who sits
    between a telephone and the world.
    """

    server: Road

    def do_CONNECT(self) -> None:
        port = self.server.ports.get(self.path)
        if port is None:
            self.send_error(502)
            return
        with socket.create_connection((LOOPBACK, port)) as there:
            self.send_response(200)
            self.end_headers()
            back = Thread(target=_pour, args=(there, self.connection), daemon=True)
            back.start()
            _pour(self.connection, there)
            back.join()
        self.close_connection = True

    def do_GET(self) -> None:
        self.path = urlsplit(self.path).path
        super().do_GET()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Road(ThreadingHTTPServer):
    """A proxy that leads ``name:443`` to a port of this machine."""

    def __init__(self, package: Path) -> None:
        self.ports: dict[str, int] = {}
        super().__init__(HERE, partial(_Gate, directory=package))

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.server_port}"


@contextmanager
def running(
    package: Path, tls: ssl.SSLContext, *, hosts: Iterable[str], sdk: str
) -> Iterator[Road]:
    """Serve the package under these hosts and the SDK under its own.

    A further server is put on the road by the caller.
    """
    tiktok, road = _SecureWSGI(tls, HERE, _Quiet), Road(package)
    tiktok.set_app(_sdk_host)
    road.ports[f"{sdk}:443"] = tiktok.server_port
    with ExitStack() as stack:
        stack.enter_context(hosting(package, tls, road, *hosts))
        stack.enter_context(_serving(tiktok))
        stack.enter_context(_serving(road))
        yield road


@contextmanager
def hosting(
    package: Path, tls: ssl.SSLContext, road: Road, *hosts: str
) -> Iterator[None]:
    """Serve a package under these hosts."""
    files = _SecureFiles(tls, package)
    road.ports |= {f"{host}:443": files.server_port for host in hosts}
    with _serving(files):
        yield


@contextmanager
def _serving(server: BaseServer) -> Iterator[None]:
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield
    server.shutdown()
    server.server_close()
