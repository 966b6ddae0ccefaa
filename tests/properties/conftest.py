"""The state machine without Hypothesis, for a given sequence of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.properties.machine import LoginMachine


@pytest.fixture
def new_machine(tiktok: object, db: None) -> Iterator[Callable[[str], LoginMachine]]:
    """Begin under a linking policy: ``new_machine("merge")``."""
    machine = LoginMachine()

    def begin(linking: str) -> LoginMachine:
        machine.begin(linking)
        return machine

    yield begin
    machine.teardown()
