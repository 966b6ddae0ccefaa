"""Revoke the tokens of deleted users after the response, one after the other.

An operator deletes ten thousand users. If the request called TikTok for each of them,
it would last an hour, and the server would kill it. So a thread of this process does
it. It ends with the last token, and a process that ends normally waits for it.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread

from django.db import connections

from ..core.failures import note_failure

# Returns whether TikTok could be reached.
Revoke = Callable[[], bool]

# A token has some hundred characters, so these fit into a few megabytes.
MOST_WAITING = 10_000
# In a row. Each may take as long as the time-out for TikTok.
MOST_FAILURES = 3

logger = logging.getLogger("ttminis_auth")


class Revocations:
    """The tokens that this process has still to revoke."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Revoke] = deque()
        self._thread: Thread | None = None
        self._pid = os.getpid()

    def add(self, revoke: Revoke) -> None:
        """Queue a call for the other thread. Beyond a limit, calls are dropped."""
        if self._pid != os.getpid():
            Revocations.__init__(self)  # a fork inherits the list, and no thread
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._note_dropped(1, "too many are waiting")
                return
            self._waiting.append(revoke)
            if self._thread is None:
                self._thread = Thread(target=self._work, name="ttminis-revocations")
                self._thread.start()

    def wait(self) -> None:
        """Return once nothing is left to do."""
        if thread := self._thread:
            thread.join()

    def _work(self) -> None:
        failures = 0
        try:
            while revoke := self._next(failures):
                failures = 0 if _succeeds(revoke) else failures + 1
        finally:
            connections.close_all()

    def _next(self, failures: int) -> Revoke | None:
        with self._lock:
            if failures >= MOST_FAILURES and self._waiting:
                self._note_dropped(len(self._waiting), "TikTok is out of reach")
                self._waiting.clear()
            if self._waiting:
                return self._waiting.popleft()
            self._thread = None
            return None

    def _note_dropped(self, count: int, why: str) -> None:
        logger.warning("Tokens of deleted users not revoked: %s, as %s", count, why)


def _succeeds(revoke: Revoke) -> bool:
    try:
        return revoke()
    except Exception as error:  # noqa: BLE001, the next one has its turn all the same
        note_failure("A deleted user's tokens were not revoked", error)
        return False


revocations = Revocations()
