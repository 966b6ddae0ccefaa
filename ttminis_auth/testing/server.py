"""The simulator alone, on a real socket, for tests of a client's HTTP code."""

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.core.servers.basehttp import (
    ThreadedWSGIServer,
    WSGIRequestHandler,
    is_broken_pipe_error,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve, set_urlconf

from ttminis_auth.simulator.world import world

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

URLCONF = "ttminis_auth.testing.urls"

# What the simulator itself stumbled over, since the last test began.
failures: list[Exception] = []


class SimulatorFailed(Exception):
    """The simulator could not answer; the package took that for an outage of TikTok.

    The reason is the ``__cause__``. A login goes on without a profile then, so without
    this error the test would only see that the profile is missing.
    """


def raise_failure() -> None:
    """Raise SimulatorFailed for the first failure, if any, and forget them all."""
    found, failures[:] = failures[:], []
    if found:
        raise SimulatorFailed(f"{type(found[0]).__name__}: {found[0]}") from found[0]


class _Request(WSGIRequest):
    """A request to TikTok, for whose hosts the project has no ``ALLOWED_HOSTS``."""

    def get_host(self) -> str:
        return str(self.META.get("HTTP_HOST", "127.0.0.1"))


def _dispatch(request: HttpRequest) -> HttpResponse:
    # Neither the project's URLs nor its middleware: a session or a transaction of
    # the project would have this thread open a database connection of its own.
    set_urlconf(URLCONF)
    match = resolve(request.path_info, URLCONF)
    try:
        return cast("HttpResponse", match.func(request, *match.args, **match.kwargs))
    except Http404:
        raise
    except Exception as error:
        failures.append(error)
        raise


_answer = cast(
    "Callable[[HttpRequest], HttpResponse]", convert_exception_to_response(_dispatch)
)


def application(
    environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    """Serve the simulator's URLs at the root; touches no database."""
    response = _answer(_Request(environ))
    # Without a length the server closes the connection after each answer.
    response["Content-Length"] = len(response.content)
    cookies = [("Set-Cookie", c.OutputString()) for c in response.cookies.values()]
    start_response(
        f"{response.status_code} {response.reason_phrase}",
        [*response.items(), *cookies],
    )
    return [response.content]


class _Handler(WSGIRequestHandler):
    # One packet per answer. Otherwise headers and body wait for each other's
    # acknowledgement, and each request on a kept connection takes 40 ms longer.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class SimulatorServer(ThreadedWSGIServer):
    """A server thread on a free port of 127.0.0.1; HTTP/1.1, connections kept alive.

    Use as a context manager. Leaving it releases every answer still held back and
    closes every connection still open.
    """

    request_queue_size = 128

    def __init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.connections = 0
        """TCP connections accepted so far."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.set_app(application)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """Where the simulator is mounted, without a trailing slash."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "SimulatorServer":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self._thread.join()
        world.release()
        self.server_close()
        with self._lock:
            for connection in self._open:
                # The other side may have gone first.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that goes away in the middle of an answer is no news.
        if not is_broken_pipe_error():
            super().handle_error(request, client_address)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        with self._lock:
            self.connections += 1
            self._open.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().close_request(request)
