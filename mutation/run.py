"""Run each mutant's tests in a process of its own, forked where all is set up.

To start Python, Django and pytest takes longer than most mutants live. So pytest
collects once, makes the database in memory once, and forks for each mutant.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import resource
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from .generate import COPY, Mutant

STATS = COPY / f"stats-{os.environ.get('TEST_DATABASE', '')}.json"
# In memory, each process has a database of its own; all share that of a server.
WORKERS = 1 if os.environ.get("TEST_DATABASE") else os.cpu_count() or 2
# Each login calls some functions; what a test far away sees of them is an accident.
# Long enough for all tests of a folder: those of hooks are not named like a module.
MOST_SECONDS = 40
# A mutant that runs so many times longer than its tests hangs. In seconds of the
# processor, so that a busy machine makes none of them late; in seconds of the clock for
# one that waits for what never comes.
PATIENCE = 10
LEAST_SECONDS = 10
LONGEST_WAIT = 180

# By the name of a test: its seconds, and the functions that it called.
Stats = dict[str, Any]


class Hunt:
    """A plugin that runs the tests of each mutant, and notes its end in ``ends``."""

    def __init__(self, mutants: list[Mutant], key: str) -> None:
        self.mutants = mutants
        self.ends: dict[Mutant, str] = {}
        self._key = key
        self._failed = False
        self._is_hunting = False
        self._caches: list[Any] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        # After pytest-django, whose fixture it takes the place of.
        config.pluginmanager.register(_DatabaseIsThere())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed |= report.failed
        if report.failed and os.environ.get("MUTANTS_LOUD"):
            os.write(2, f"{report.nodeid}: {report.longrepr}\n".encode())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        # Before pytest reads the sources to show the failure, which takes a second.
        error = call.excinfo
        if (
            self._is_hunting
            and error
            and not error.errisinstance(pytest.skip.Exception)
        ):
            os._exit(1)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        _make_database(session.config)
        reverse("admin:index")  # imports all that the site's URLs lead to
        self._caches = _caches()
        gc.freeze()
        stats = self._stats(session)
        calls: dict[str, list[str]] = defaultdict(list)
        items = {item.nodeid: item for item in session.items}
        for nodeid, facts in stats.items():
            if not facts["failed"] and nodeid in items:
                for function in facts["calls"]:
                    calls[function].append(nodeid)
        jobs = []
        for mutant in self.mutants:
            tests = _chosen(mutant, calls[mutant.function], stats)
            if not tests:
                self.ends[mutant] = "untested"
                continue
            cpu = sum(stats[test]["seconds"] for test in tests)
            jobs.append((mutant, [items[test] for test in tests], cpu))
        self._run_all(jobs)
        return True

    def _run_all(self, jobs: list[Any]) -> None:
        running: dict[int, Any] = {}
        while jobs or running:
            while jobs and len(running) < WORKERS:
                mutant, items, seconds = jobs.pop(0)
                limit = int(LEAST_SECONDS + PATIENCE * seconds)
                work = _Limited(limit, lambda m=mutant, i=items: self._test(m, i))
                running[_fork(work)] = (mutant, time.monotonic() + LONGEST_WAIT + limit)
            time.sleep(0.01)
            for pid in list(running):
                mutant, end = running[pid]
                done, status = os.waitpid(pid, os.WNOHANG)
                if done:
                    self.ends[mutant] = _end(status)
                    del running[pid]
                    self._report(mutant, len(jobs))
                elif time.monotonic() > end:
                    os.kill(pid, signal.SIGKILL)

    def _report(self, mutant: Mutant, left: int) -> None:
        end = self.ends[mutant]
        if end != "dead" or left % 50 == 0:
            print(f"{end} ({left} left): {mutant}", flush=True)

    def _test(self, mutant: Mutant, items: list[pytest.Item]) -> int:
        set_mutant_under_test(mutant.name)
        self._is_hunting = True
        for item, following in zip(items, [*items[1:], None], strict=False):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        return 0

    def _stats(self, session: pytest.Session) -> Stats:
        """Return what is known of each test, and find it out of those that are new."""
        known: dict[str, Any] = json.loads(STATS.read_text()) if STATS.exists() else {}
        stats: Stats = known.get("tests", {}) if known.get("key") == self._key else {}
        new = [item for item in session.items if item.nodeid not in stats]
        modules = sorted({item.path for item in new})
        pids = {}
        for number in range(WORKERS):
            share = set(modules[number::WORKERS])
            mine = [item for item in new if item.path in share]
            out = COPY / f"stats-{number}.json"
            pids[_fork(lambda m=mine, o=out: self._watch(m, o))] = out
        for pid, out in pids.items():
            assert os.waitpid(pid, 0)[1] == 0
            stats.update(json.loads(out.read_text()))
        STATS.write_text(json.dumps({"key": self._key, "tests": stats}))
        for nodeid in (item.nodeid for item in new if stats[item.nodeid]["failed"]):
            print(f"left out, fails without a mutant: {nodeid}", flush=True)
        return stats

    def _watch(self, items: list[pytest.Item], out: Path) -> int:
        set_mutant_under_test("stats")
        stats: Stats = {}
        for item, following in zip(items, [*items[1:], None], strict=False):
            # What a process does once, say writing a query, is not the first test's.
            for each in self._caches:
                each.cache_clear()
            state()._stats.clear()
            self._failed, began = False, time.process_time()
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            stats[item.nodeid] = {
                "seconds": time.process_time() - began,
                "failed": self._failed,
                "calls": sorted(state()._stats),
            }
        out.write_text(json.dumps(stats))
        return 0


def _caches() -> list[Any]:
    """Return what ``functools`` caches of the package's functions."""
    kind = functools._lru_cache_wrapper
    found = [each for each in gc.get_objects() if isinstance(each, kind)]
    return [each for each in found if each.__module__.startswith("ttminis_auth")]


class _DatabaseIsThere:
    @pytest.fixture(scope="session")
    @classmethod
    def django_db_setup(cls) -> None:
        """Leave the database alone: it was made before the fork."""


def _make_database(config: pytest.Config) -> None:
    # Django's settings are read by now.
    from django.test.utils import setup_databases
    from pytest_django.plugin import blocking_manager_key

    with config.stash[blocking_manager_key].unblock():
        setup_databases(verbosity=0, interactive=False)
        if os.environ.get("TEST_DATABASE"):
            connections.close_all()  # two processes cannot have one connection


def _chosen(mutant: Mutant, tests: list[str], stats: Stats) -> list[str]:
    """Return the tests named like the module, then some of its folder and others.

    Among these, first come those that lead on into what no test before them calls: few
    tests of a login end in a merge, and they are not the quickest.
    """
    folder = "/".join(["tests", *mutant.path.parts[1:-1], ""])
    own = [test for test in tests if f"/test_{mutant.path.stem}.py" in test]
    others = sorted(
        set(tests).difference(own),
        key=lambda test: (not test.startswith(folder), stats[test]["seconds"]),
    )
    seen = {function for test in own for function in stats[test]["calls"]}
    leading, other = [], []
    for test in others:
        new = set(stats[test]["calls"]) - seen
        (leading if new else other).append(test)
        seen |= new
    spent = accumulate(stats[test]["seconds"] for test in leading + other)
    return own + [
        test
        for test, so_far in zip(leading + other, spent, strict=True)
        if so_far < MOST_SECONDS
    ]


class _Limited:
    def __init__(self, seconds: int, work: Callable[[], int]) -> None:
        self._seconds, self._work = seconds, work

    def __call__(self) -> int:
        resource.setrlimit(resource.RLIMIT_CPU, (self._seconds, self._seconds + 5))
        return self._work()


def _fork(work: Callable[[], int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        if not os.environ.get("MUTANTS_LOUD"):
            os.dup2(quiet, 2)
        code = work()
    finally:
        os._exit(code)


def _end(status: int) -> str:
    if os.WIFSIGNALED(status):
        timely = os.WTERMSIG(status) not in (signal.SIGXCPU, signal.SIGKILL)
        return "dead" if timely else "timed out"
    return "dead" if os.WEXITSTATUS(status) else "survived"
