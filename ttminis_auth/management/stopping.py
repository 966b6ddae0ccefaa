"""End a long run well when somebody wants it to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from typing import Any


@contextmanager
def stop_event() -> Iterator[Event]:
    """Give an event that Ctrl-C and SIGTERM set, instead of breaking in."""
    stop = Event()

    def set_stop(*_: Any) -> None:
        # By another thread: this one may be about to wait for the event, and hold
        # the lock in it that it takes to set it.
        Thread(target=stop.set).start()

    if current_thread() is not main_thread():  # where Python allows no handlers
        yield stop
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, set_stop) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
