"""Share among all commands how they print, how they are stopped, how they exit."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from signal import Signals as Names
from threading import Event
from typing import Any, TextIO, TypeVar, cast

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from .stopping import Signals, Stopped
from .writing import Output

T = TypeVar("T")
Options = dict[str, Any]  # what argparse has read

# What a shell reports of a process that a signal ended: 130, 143, and 141 by a pipe.
SIGNALLED = 128
SIGPIPE = 13


class TTMinisCommand(BaseCommand):
    """A command that completes its unit of work and reports what it did in any case.

    ``units`` and ``unit`` mark what must not be broken off. A signal in the middle of
    one ends the command after it, anywhere else at once.
    """

    def __init__(self, stdout: Any = None, stderr: Any = None, **options: bool) -> None:
        out, err = Output(stdout or sys.stdout), Output(stderr or sys.stderr)
        super().__init__(cast("TextIO", out), cast("TextIO", err), **options)

    def only_shows(self, **options: object) -> bool:
        """Return whether a run changes nothing, so that it may end with its reader."""
        return bool(options.get("dry_run"))

    def units(self, work: Iterable[T]) -> Iterator[T]:
        """Yield each unit of work; end after the one during which a signal came."""
        with self.unit():
            for each in work:
                yield each
                if self._signals.number or (self._only_shows and self.output.error):
                    return

    def unit(self) -> AbstractContextManager[Event]:
        """Complete what is done in the ``with``; gives an event that a signal sets."""
        return self._signals.unit()

    @property
    def output(self) -> Output:
        """What ``self.stdout`` writes to."""
        return _output(self.stdout)

    def execute(self, *args: object, **options: Any) -> str | None:
        """Run the command; the error that it ends with, if any, says why it ended."""
        for name in ("stdout", "stderr"):
            if options.get(name):
                options[name] = Output(options[name])
        self._only_shows = self.only_shows(**options)
        result: str | None = None
        failure: BaseException | None = None
        with Signals() as self._signals:
            try:
                result = super().execute(*args, **options)
            except (CommandError, Stopped) as error:
                failure = error
        if failure := self._end(failure):
            raise failure
        return result

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command for a shell; a closed pipe leaves no traceback behind."""
        try:
            super().run_from_argv(argv)
        finally:
            for wrapper in (self.stdout, self.stderr):
                _output(wrapper).drop()

    def _end(self, failure: BaseException | None) -> BaseException | None:
        """Return the error to end with: that of a signal, of the output, or its own."""
        said = f"{failure or ''} ".lstrip()
        if number := self._signals.number:
            message = f"{said}Stopped by {Names(number).name}."
            return CommandError(message, returncode=SIGNALLED + number)
        lost = self.output.error
        if lost is None or (isinstance(lost, BrokenPipeError) and not self._only_shows):
            return failure
        if isinstance(lost, BrokenPipeError):
            # As quiet as any Unix tool before "| head".
            _output(self.stderr).error = lost
            return CommandError(
                "The output was closed.", returncode=SIGNALLED + SIGPIPE
            )
        return CommandError(f"{said}The output was not written: {lost.strerror}.")


def _output(wrapper: OutputWrapper) -> Output:
    return cast("Output", wrapper._out)
