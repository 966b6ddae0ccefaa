"""End a command in good order when the operator interrupts it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from types import TracebackType

# Ctrl-C; what supervisors, time limits and shutdowns send; a terminal that is closed.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


class Stopped(KeyboardInterrupt):
    """A signal ended the command, and no unit of work was under way."""


class Signals:
    """Catch the signals that ask a command to end, for the time of a ``with``.

    The first one raises ``Stopped``, wherever the command is. During a unit of work it
    sets an event instead, and the command ends once the unit is complete. Further ones
    change nothing: some shells and wrappers send each signal twice.

    Attributes:
        number: the number of the signal; 0 as long as there was none.
    """

    def __init__(self) -> None:
        self.number = 0
        self._stop = Event()
        self._unit_is_under_way = False
        self._before: dict[int, Callable[..., object] | int | None] = {}

    def __enter__(self) -> Signals:
        if current_thread() is main_thread():  # elsewhere Python allows no handlers
            for number in (getattr(signal, n) for n in _NAMES if hasattr(signal, n)):
                # nohup, and a shell that runs a command in the background, ignore some.
                # None is a handler of C's, which could not be set again afterwards.
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def unit(self) -> Iterator[Event]:
        """Let a unit of work be completed; gives an event that is set by a signal."""
        self._unit_is_under_way = True
        try:
            yield self._stop
        finally:
            self._unit_is_under_way = False

    def _note(self, number: int, frame: object) -> None:
        if self.number:
            return
        self.number = number
        if not self._unit_is_under_way:
            raise Stopped
        # By another thread: this one may be about to wait for the event, and hold the
        # lock in it that it takes to set it.
        Thread(target=self._stop.set).start()
