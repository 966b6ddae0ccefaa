"""Ears for signals, and the two users of a merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from tests.fixtures import GAME
from ttminis_auth.models import Identity
from ttminis_auth.signals import reauthorization_required

Hear = Callable[[Signal, Callable[..., Any]], None]


@pytest.fixture
def hear() -> Iterator[Hear]:
    """Connect a receiver for the length of the test."""
    connected = []

    def connect(signal: Signal, receiver: Callable[..., Any]) -> None:
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))

    yield connect
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def goes(person: Any) -> Any:
    """The user who goes in a merge."""
    return person("mia", app=GAME).account.user


@pytest.fixture
def stays(person: Any) -> Any:
    """The user who stays in a merge."""
    return person("mia-drama").account.user


@pytest.fixture
def lost(hear: Hear) -> list[Identity]:
    """Who was said to need a new login, in order."""
    heard: list[Identity] = []
    hear(reauthorization_required, lambda identity, **kwargs: heard.append(identity))
    return heard
