"""pytest fixtures: a TikTok of your own for each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ttminis_auth.testing.kit import TikTok, begin, end, settings_for
from ttminis_auth.testing.server import SimulatorServer

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture(scope="session")
def tiktok_server() -> Iterator[SimulatorServer]:
    """The running server; ``url`` and ``connections`` are what a test may use."""
    with SimulatorServer() as server:
        yield server


@pytest.fixture
def tiktok(tiktok_server: SimulatorServer, settings: "Settings") -> Iterator[TikTok]:
    """A TikTok fresh from the factory, which the ``TTMINIS_…_URL`` settings point at.

    Use it to issue codes and tokens, to let them end, to order faults, to see which
    requests arrived, and to forge or send webhooks. No app has a webhook address until
    the test gives it one.

    After a test in which the simulator itself failed, say for a setting of the project,
    it raises ``SimulatorFailed``: no answer of TikTok's is like that.
    """
    begin()
    for name, value in settings_for(tiktok_server).items():
        setattr(settings, name, value)
    yield TikTok()
    end()
