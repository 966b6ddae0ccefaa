"""What a test depends on, as a mark: ``plain``, ``database``, ``process``, ``browser``.

Each test has one of the four, the costliest that it needs. ``process`` and ``browser``
are written by hand, the other two are found. A test that starts a process without
saying so fails: runs on further databases and Pythons leave ``process`` out, and rely
on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from django.test import SimpleTestCase, TransactionTestCase

BY_HAND = ("browser", "process")
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}

_running: list[pytest.Item] = []


class ProcessStarted(AssertionError):
    """A test started a process and is marked neither ``process`` nor ``browser``."""


def kind_of(item: pytest.Item) -> str:
    for kind in BY_HAND:
        if item.get_closest_marker(kind):
            return kind
    return "database" if _asks_a_database(item) else "plain"


def _asks_a_database(item: pytest.Item) -> bool:
    case = getattr(item, "cls", None)
    if case is not None and issubclass(case, SimpleTestCase):
        return issubclass(case, TransactionTestCase)
    fixtures = getattr(item, "fixturenames", ())
    return bool(
        item.get_closest_marker("django_db") or DATABASE_FIXTURES.intersection(fixtures)
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = kind_of(item)
        if kind not in BY_HAND:
            item.add_marker(kind)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.pop()


def _refuse_unmarked_processes(event: str, arguments: object) -> None:
    if event in STARTS and _running and kind_of(_running[-1]) not in BY_HAND:
        raise ProcessStarted(f"{_running[-1].nodeid}: mark it with pytest.mark.process")


# Python calls it, among others, for each thread that coverage begins to trace. A second
# thread that comes to that while it runs dies of a RuntimeError, and who waits for the
# thread waits for ever. So it is left to the runs that measure no coverage.
if sys.gettrace() is None:
    sys.addaudithook(_refuse_unmarked_processes)
