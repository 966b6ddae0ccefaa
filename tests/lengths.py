"""How long the tests run that can run as long as one likes.

Short in ``make test``, and ``TTMINIS_THOROUGH=1`` makes them long, as ``make test-all``
does. What Hypothesis makes up depends on a seed alone, which each run prints.
"""

from __future__ import annotations

import os

import hypothesis
import pytest

THOROUGH = os.environ.get("TTMINIS_THOROUGH") == "1"
MORE = 20

hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    max_examples=100 * MORE if THOROUGH else 25,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("suite")


def times(count: int, *, more: int = MORE) -> int:
    """Return how often to do what a short run does ``count`` times."""
    return count * more if THOROUGH else count


def pytest_report_header(config: pytest.Config) -> str:
    length = "thorough" if THOROUGH else "short"
    return f"made up: {length}, --hypothesis-seed={config.getoption('hypothesis_seed')}"
