"""End a call to TikTok in time, whatever it waits for.

The time-out of requests bounds each read, and the connection to each address of a host,
but not their number, and not the look-up of the host's name. A server that sends one
byte a second, or one ``100 Continue`` after the other, would keep a visitor's request
for ever, and with it the row of a grant that is being refreshed.

Two things together bound a call. The caller waits for a thread, and leaves it behind at
the deadline. The thread reads with what is left of the time, so it ends by itself.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import ContextVar, copy_context
from functools import cache
from socket import socket
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager

T = TypeVar("T")

# Headers, framing and body of one answer. The body alone is limited to half of it, but
# http.client takes any number of ``100 Continue``, and urllib3 a chunk's size in a line
# of any length.
MAX_BYTES = 2 * 1024 * 1024
# In seconds; stands for "no time-out", which a socket cannot take as a number.
A_DAY = 86_400.0

_ends_at: ContextVar[float] = ContextVar("ends_at", default=float("inf"))


def within(seconds: float, call: Callable[[], T]) -> T:
    """Make a call, and return or raise what it does.

    Raises TimeoutError after so many seconds. The call may still be waiting for the
    host's address then; it does not send anything any more.
    """
    future: Future[T] = Future()
    context = copy_context()
    context.run(_ends_at.set, monotonic() + seconds)
    Thread(target=context.run, args=(_settle, future, call), daemon=True).start()
    wait([future], seconds)
    if not future.done():
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    return future.result()


def bind(transport: HTTPAdapter) -> None:
    """Bind a transport's connections to the deadline, also those to proxies."""
    _bind_manager(transport.poolmanager)
    manager_for = transport.proxy_manager_for

    def bound_manager_for(proxy: str, **kwargs: object) -> PoolManager:
        return _bind_manager(manager_for(proxy, **kwargs))

    vars(transport)["proxy_manager_for"] = bound_manager_for


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    try:
        outcome = call()
    except BaseException as error:  # noqa: BLE001, the caller raises it
        future.set_exception(error)
    else:
        future.set_result(outcome)


def _bind_manager(manager: PoolManager) -> PoolManager:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {name: _bound(pools[name]) for name in pools}
    return manager


@cache
def _bound(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Return a class of connection pools whose connections keep to the deadline."""
    connection = pool.ConnectionCls
    if issubclass(connection, _Bound):
        return pool
    heeding = type(connection.__name__, (_Bound, connection), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": heeding})


class _Stream(io.RawIOBase):
    """What a server sends, as long as there is time, and no more than MAX_BYTES."""

    def __init__(self, raw: io.RawIOBase, sock: socket) -> None:
        self._raw, self._sock = raw, sock
        self._left = MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        usual = self._sock.gettimeout()
        self._sock.settimeout(min(_time_left(), usual or A_DAY))
        try:
            count = self._raw.readinto(buffer) or 0
        finally:
            # The connection goes on to the next call, which has a deadline of its own.
            self._sock.settimeout(usual)
        self._left -= count
        if self._left < 0:
            raise OSError(f"the answer is longer than {MAX_BYTES} bytes")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Stream(self.fp.detach(), sock))


class _Bound:
    """Mixin for the connections of urllib3."""

    response_class = _Response

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        # The caller may be gone. A refresh token that is sent now would be spent, and
        # its successor would be lost.
        _time_left()


def _time_left() -> float:
    left = _ends_at.get() - monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left
