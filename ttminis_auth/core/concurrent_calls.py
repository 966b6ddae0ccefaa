"""Limit how many logins, and other calls to TikTok, a process has at a time.

Each call to TikTok holds the thread of a visitor's request, and each login a connection
to the database as well. Without a limit, a TikTok that does not answer ends up with all
threads, and the rest of the site stands still. Under ASGI, where each request has a
thread of its own, a crowd would take all connections of the database: a login that
TikTok has granted would then fail for want of one.

A login takes its place before it asks the database for anything, and keeps it until its
answer is ready.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from ..conf import conf
from ..errors import TikTokNotReached
from .rare_warnings import warn_seldom

# In seconds: a call takes less than one where all is well.
RETRY_AFTER = 2

_is_admitted: ContextVar[bool] = ContextVar("is_admitted", default=False)


class _Places:
    """How many logins and other calls this process has."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._lock, self._taken = Lock(), 0
        self._pid = os.getpid()

    def take(self) -> bool:
        if self._pid != os.getpid():
            self.forget()  # the calls of the parent go on in the parent
        with self._lock:
            is_free = self._taken < conf.TTMINIS_MAX_CONCURRENT_CALLS
            self._taken += is_free
            return is_free

    def give_back(self) -> None:
        with self._lock:
            self._taken -= 1


_places = _Places()


@contextmanager
def place() -> Iterator[None]:
    """Take one of the places for logins and other calls to TikTok.

    A place taken inside of another one is the same place. Raises TikTokNotReached at
    once where all places are taken.
    """
    if _is_admitted.get():
        yield
        return
    if not _places.take():
        warn_seldom(
            "%d requests wait for TikTok already, and others are refused. TikTok is "
            "slow, or TTMINIS_MAX_CONCURRENT_CALLS is too low for this site.",
            conf.TTMINIS_MAX_CONCURRENT_CALLS,
        )
        raise TikTokNotReached(retry_after=RETRY_AFTER)
    try:
        with unlimited():
            yield
    finally:
        _places.give_back()


@contextmanager
def unlimited() -> Iterator[None]:
    """Take no place: for threads that answer no visitor, and are few by themselves."""
    admitted = _is_admitted.set(True)
    try:
        yield
    finally:
        _is_admitted.reset(admitted)
