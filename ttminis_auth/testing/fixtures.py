"""pytest fixtures: a TikTok of your own for each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ttminis_auth.simulator.world import World, world
from ttminis_auth.testing.server import SimulatorServer, failures, raise_failure

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture(scope="session")
def tiktok_server() -> Iterator[SimulatorServer]:
    """The running server; ``url`` and ``connections`` are what a test may use."""
    with SimulatorServer() as server:
        yield server


@pytest.fixture
def tiktok(tiktok_server: SimulatorServer, settings: "Settings") -> Iterator[World]:
    """A TikTok fresh from the factory, which the ``TTMINIS_…_URL`` settings point at.

    Use it to issue codes and tokens, to let them end, to order faults, to see which
    requests arrived, and to forge or send webhooks. No app has a webhook address until
    the test gives it one.

    After a test in which the simulator itself failed, say for a setting of the project,
    it raises ``SimulatorFailed``: no answer of TikTok's is like that.
    """
    world.reset()
    failures.clear()
    settings.TTMINIS_SIMULATOR_OPEN = True
    settings.TTMINIS_API_BASE_URL = tiktok_server.url
    settings.TTMINIS_AUTHORIZE_URL = f"{tiktok_server.url}/v2/auth/authorize/"
    settings.TTMINIS_SIMULATOR_WEBHOOK_URL = None
    yield world
    # What this test brought about must not arrive in the next one.
    world.wait_for_webhooks()
    world.reset()
    raise_failure()
