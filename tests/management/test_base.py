"""How every command ends, whatever stops it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands
from django.core.management import load_command_class as load

from ttminis_auth.management.base import TTMinisCommand

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
OURS = sorted(n for n, app in get_commands().items() if app == "ttminis_auth")


class Count(TTMinisCommand):
    """Count to three, and do something at each number."""

    requires_system_checks = ()

    def __init__(self, act: Callable[[int], object], **options: Any) -> None:
        super().__init__(**options)
        self.act = act
        self.before: Callable[[], object] = bool

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        self.before()
        done = 0
        for number in self.units(range(1, 4)):
            self.stdout.write(f"Number {number}")
            self.act(number)
            done += 1
        self.stdout.write(f"Done: {done}.")


@pytest.fixture(autouse=True)
def _heeding_all_signals() -> Iterator[None]:
    """A shell that has the suite run in the background lets it ignore some."""
    handlers = {n: signal.signal(n, signal.default_int_handler) for n in NUMBERS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def lines() -> StringIO:
    return StringIO()


def at(number: int, act: Callable[[], object]) -> Callable[[int], object]:
    return lambda each: act() if each == number else None


class Broken(StringIO):
    """A stream that takes one line and then fails."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def flush(self) -> None:
        if self.getvalue().count("\n") > 1:
            raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_the_package_ends_this_way(name: str) -> None:
    assert isinstance(load("ttminis_auth", name), TTMinisCommand)


# Signals.


@pytest.mark.parametrize("number", NUMBERS)
def test_signal_ends_a_command_after_the_unit_under_way(
    lines: StringIO, number: int
) -> None:
    command = Count(at(2, lambda: signal.raise_signal(number)))

    with pytest.raises(CommandError, match=signal.Signals(number).name) as ended:
        call_command(command, stdout=lines)

    assert lines.getvalue() == "Number 1\nNumber 2\nDone: 2.\n"
    assert ended.value.returncode == 128 + number


def test_signal_that_comes_twice_breaks_no_unit_off(lines: StringIO) -> None:
    """npm, make and docker compose send a signal on that the terminal sent, too."""

    def interrupt() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(CommandError) as ended:
        call_command(Count(at(1, interrupt)), stdout=lines)

    assert lines.getvalue() == "Number 1\nDone: 1.\n"
    assert ended.value.returncode == 130


def test_signal_between_units_ends_a_command_at_once(lines: StringIO) -> None:
    command = Count(bool)
    command.before = lambda: signal.raise_signal(signal.SIGTERM)

    with pytest.raises(CommandError, match=r"^Stopped by SIGTERM") as ended:
        call_command(command, stdout=lines)

    assert lines.getvalue() == ""
    assert ended.value.returncode == 143


def test_interrupted_command_reports_what_failed_before(lines: StringIO) -> None:
    def fail() -> None:
        signal.raise_signal(signal.SIGTERM)
        raise CommandError("One was in vain.")

    with pytest.raises(CommandError, match=r"^One was in vain\. Stopped") as ended:
        call_command(Count(at(1, fail)), stdout=lines)

    assert ended.value.returncode == 143


def test_signal_that_the_shell_has_ignored_stays_ignored(lines: StringIO) -> None:
    """nohup does so: the command goes on when its terminal is closed."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    call_command(Count(at(1, lambda: signal.raise_signal(signal.SIGHUP))), stdout=lines)

    assert lines.getvalue().endswith("Done: 3.\n")


@pytest.mark.parametrize("number", NUMBERS)
def test_signal_means_afterwards_what_it_meant_before(number: int) -> None:
    before = signal.getsignal(number)
    seen = []

    call_command(Count(lambda _: seen.append(signal.getsignal(number))))

    assert signal.getsignal(number) is before
    assert before not in seen


EMBEDDED = """
import signal, sys

del sys.modules["_signal"]
import _signal  # and take Python's own handler of SIGINT for one that C has set

from ttminis_auth.management.stopping import Signals

with Signals():
    pass
"""


@pytest.mark.process
def test_handler_that_c_has_set_stays() -> None:
    """A server that embeds Python may set one, which Python could not set again."""
    run = subprocess.run([sys.executable, "-c", EMBEDDED], capture_output=True)

    assert (run.returncode, run.stderr) == (0, b"")


def test_thread_runs_a_command_without_handlers(lines: StringIO) -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []
    command = Count(lambda _: seen.append(signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=call_command, args=[command])
    thread.start()
    thread.join()

    assert seen == [before] * 3


# A reader who leaves, and disks that are full.


def test_work_is_completed_where_the_output_is_closed(lines: StringIO) -> None:
    seen: list[int] = []

    call_command(Count(seen.append), stdout=Broken(errno.EPIPE))

    assert seen == [1, 2, 3]


def test_run_that_only_shows_something_ends_with_its_reader() -> None:
    seen: list[int] = []

    with pytest.raises(CommandError) as ended:
        call_command(Count(seen.append), dry_run=True, stdout=Broken(errno.EPIPE))

    assert seen == [1, 2]
    assert ended.value.returncode == 141


def test_full_disk_fails_after_the_work() -> None:
    seen: list[int] = []

    with pytest.raises(CommandError, match="not written: No space left") as ended:
        call_command(Count(seen.append), stdout=Broken(errno.ENOSPC))

    assert seen == [1, 2, 3]
    assert ended.value.returncode == 1


def test_closed_standard_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    seen: list[int] = []

    call_command(Count(seen.append))

    assert seen == [1, 2, 3]


@pytest.fixture
def pipe() -> Iterator[TextIOWrapper]:
    """A pipe whose reader is gone."""
    ours, theirs = os.pipe()
    os.close(ours)
    with TextIOWrapper(os.fdopen(theirs, "wb")) as stream:
        yield stream


def test_listing_to_a_closed_pipe_ends_like_a_unix_tool(
    pipe: TextIOWrapper, capfd: pytest.CaptureFixture[str]
) -> None:
    with open(os.dup(2), "w") as err:
        command = Count(bool, stdout=pipe, stderr=err)
        with pytest.raises(SystemExit) as ended:
            command.run_from_argv(["manage.py", "count", "--dry-run"])

    assert ended.value.code == 141
    assert capfd.readouterr().err == ""
    pipe.close()  # as Python does when it exits; it would raise BrokenPipeError


def test_closed_pipe_does_not_interrupt_the_work(
    pipe: TextIOWrapper,
) -> None:
    seen: list[int] = []

    Count(seen.append, stdout=pipe).run_from_argv(["manage.py", "count"])

    assert seen == [1, 2, 3]
    pipe.close()


# Encodings.


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", b"Mia \\U0001f600 \\xdc"),
        ("latin-1", b"Mia \\U0001f600 \xdc"),
        ("utf-8", "Mia 😀 Ü".encode()),
    ],
)
def test_character_that_the_encoding_lacks_is_escaped(
    encoding: str, shown: bytes
) -> None:
    raw = BytesIO()
    command = Count(at(1, lambda: command.stdout.write("Mia 😀 Ü")))

    call_command(command, stdout=TextIOWrapper(raw, encoding=encoding))

    assert shown in raw.getvalue()


def test_half_a_character_is_escaped(lines: StringIO) -> None:
    """JSON from anywhere may hold one, and no encoding has it."""
    command = Count(at(1, lambda: command.stdout.write("Mia \ud83d")))

    call_command(command, stdout=lines)

    assert "Mia \\ud83d\n" in lines.getvalue()
