"""A stage for each episode, on the database that the run is about."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import override_settings

from tests.databases import empty_tables
from tests.fixtures import DRAMA, GAME
from tests.races import server
from tests.races.episodes import draw, play
from tests.races.invariants import Result
from tests.races.stage import Stage
from tests.sqlite_file import move_to_file as move_to_file  # a fixture
from ttminis_auth.core import counts
from ttminis_auth.simulator.world import World, world

APPS = [
    {"client_id": DRAMA, "secret": "simulated-drama-secret", "provider_id": "drama"},
    {"client_id": GAME, "secret": "simulated-game-secret", "provider_id": "game"},
]
MOST_THREADS = 8
# Seeds to play again, as a failure prints them, with commas between.
AGAIN = os.environ.get("TTMINIS_EPISODES", "")


@pytest.fixture
def overhear(monkeypatch: pytest.MonkeyPatch) -> Callable[[Stage], None]:
    """Return a function that lets a stage note what TikTok is asked, and answers."""

    def listen(stage: Stage) -> None:
        for name, note in stage.listeners.items():
            monkeypatch.setattr(world, name, _overheard(stage, name, note))

    return listen


def _overheard(stage: Stage, name: str, note: Callable[..., None]) -> Any:
    work = getattr(World, name)

    def overheard(*args: Any, **kwargs: Any) -> Any:
        began = stage.now()
        answer = work(world, *args, **kwargs)
        note(began, answer, *args)
        return answer

    return overheard


@pytest.fixture
def begin(
    tiktok: World, settings: Any, code_url: str, overhear: Callable[[Stage], None]
) -> Callable[[], Stage]:
    """Return a function that gives an empty stage."""
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": APPS}}

    def empty() -> Stage:
        tiktok.reset()
        cache.clear()
        counts.unwritten.forget()
        empty_tables()
        stage = Stage(tiktok, code_url)
        overhear(stage)
        return stage

    return empty


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Give threads that keep their connections to the database for all episodes."""
    with ThreadPoolExecutor(MOST_THREADS) as pool:
        yield pool
        barrier = Barrier(MOST_THREADS)
        for _ in range(MOST_THREADS):
            pool.submit(lambda: (barrier.wait(), connections.close_all()))


@pytest.fixture
def played(
    begin: Callable[[], Stage], threads: ThreadPoolExecutor
) -> Callable[[str, server.Waits], list[str]]:
    """Return a function that plays the episode of a seed, and says what it broke."""

    def one(seed: str, waits: server.Waits) -> list[str]:
        stage, episode = begin(), draw(seed)
        before = server.deadlocks()
        waits.begin()
        # Not by the fixture ``settings``: each setting looks through all that it was.
        with override_settings(**episode.settings):
            actors = play(episode, stage, threads)
            found = Result(stage, actors).broken()
        if server.deadlocks() > before and (report := server.latest_deadlock()):
            found.append("the server has ended a deadlock")
            sys.stdout.write(report)
        if waits.are_too_long():
            found.append("a thread waited too long for a lock")
            sys.stdout.write(f"{waits.longest} s, slowness {waits.slowness}\n")
        if found:
            acts = [f"{each}\n" for actor in actors for each in [*actor.operations, ""]]
            sys.stdout.write(f"\nepisode {seed}: {found}\n{episode}\n{'  '.join(acts)}")
        return found

    return one


@pytest.fixture
def broken(
    played: Callable[[str, server.Waits], list[str]], pytestconfig: pytest.Config
) -> Callable[[int, int], dict[str, str]]:
    """Return a function that plays some episodes, and says what broke in which."""

    def run(part: int, count: int) -> dict[str, str]:
        base = pytestconfig.getoption("hypothesis_seed")
        numbers = range(part * count, (part + 1) * count)
        seeds = AGAIN.split(",") if AGAIN else [f"{base}-{n}" for n in numbers]
        faults: dict[str, list[str]] = {}
        with server.watched_waits() as waits:
            for seed in seeds:
                for each in set(played(seed, waits)):
                    faults.setdefault(each, []).append(seed)
        of = len(seeds)
        return {each: f"{len(s)} of {of}: {s[:5]}" for each, s in faults.items()}

    return run
