"""A stage for each episode, on the database that the run is about."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

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
# In seconds.
LONGEST_WAIT = 2.0
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
def played(begin: Callable[[], Stage], settings: Any) -> Callable[[str], list[str]]:
    """Return a function that plays the episode of a seed, and says what it broke."""

    def one(seed: str) -> list[str]:
        stage, episode = begin(), draw(seed)
        for name, chosen in episode.settings.items():
            setattr(settings, name, chosen)
        before = server.deadlocks()
        with server.watched_waits() as waits:
            actors = play(episode, stage)
        found = Result(stage, actors).broken()
        if server.deadlocks() > before:
            found.append("the server has ended a deadlock")
        if waits.longest > LONGEST_WAIT:
            found.append("a thread waited too long for a lock")
        if found:
            acts = [f"{each}\n" for actor in actors for each in [*actor.operations, ""]]
            sys.stdout.write(f"\nepisode {seed}: {found}\n{episode}\n{'  '.join(acts)}")
        return found

    return one


@pytest.fixture
def broken(
    played: Callable[[str], list[str]], pytestconfig: pytest.Config
) -> Callable[[int], dict[str, str]]:
    """Return a function that plays episodes, and says what broke in how many."""

    def run(count: int) -> dict[str, str]:
        base = pytestconfig.getoption("hypothesis_seed")
        seeds = AGAIN.split(",") if AGAIN else [f"{base}-{n}" for n in range(count)]
        faults: dict[str, list[str]] = {}
        for seed in seeds:
            for each in set(played(seed)):
                faults.setdefault(each, []).append(seed)
        of = len(seeds)
        return {each: f"{len(s)} of {of}: {s[:5]}" for each, s in faults.items()}

    return run
