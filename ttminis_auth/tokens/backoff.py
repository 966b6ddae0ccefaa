"""Exponential back-off shared by all refresh workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic

# The waits after one failure, two in a row, and so on, in seconds: 1, 2, 4 …
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
ATTEMPTS = 6
# If TikTok asks for a longer wait, in seconds, the run ends; the next one tries again.
MAX_WAIT = 300.0


def pause(stop: Event, seconds: float) -> None:
    """Sleep, unless and until ``stop`` is set."""
    stop.wait(seconds)


class Backoff:
    """What the workers of one run know of TikTok's health.

    After a failure they try one at a time, and only after a wait: a request that times
    out may have spent its refresh token all the same, so an outage of an hour must not
    cost as many grants as there are workers, again and again.
    """

    def __init__(self, stop: Event) -> None:
        self.has_given_up = False
        self._stop = stop
        self._failures = 0
        self._resume_at = 0.0
        self._lock = Lock()
        self._one_at_a_time = Lock()

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Wait for a good moment to try; the outcome is noted with what this gives."""
        if not self._failures:
            yield 0
            return
        with self._one_at_a_time:
            while (left := self._resume_at - monotonic()) > 0 and self._is_worth_it():
                pause(self._stop, left)
            yield self._failures

    def note_answer(self, turn: int) -> None:
        """Remember that TikTok answered."""
        with self._lock:
            # An answer to what was sent before the failure proves nothing.
            if turn == self._failures:
                self._failures = 0

    def note_failure(self, turn: int, retry_after: int | None) -> None:
        """Remember that TikTok did not, and how many seconds it asked for, if any."""
        with self._lock:
            # Of the requests that were under way when the outage began, only the first
            # counts.
            if turn == self._failures:
                self._failures += 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (self._failures - 1))
            wait = max(wait, retry_after or 0)
            self._resume_at = max(self._resume_at, monotonic() + wait)
            if self._failures == ATTEMPTS or wait > MAX_WAIT:
                self.has_given_up = True

    def _is_worth_it(self) -> bool:
        return not (self.has_given_up or self._stop.is_set())
