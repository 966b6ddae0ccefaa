"""The machine by hand, for a sequence that is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.properties.machine import People


@pytest.fixture
def people(tiktok: object, db: None) -> Iterator[Callable[[str], People]]:
    """Begin under a linking policy: ``people("merge")``."""
    machine = People()

    def begin(linking: str) -> People:
        machine.begin(linking)
        return machine

    yield begin
    machine.teardown()
