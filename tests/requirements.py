"""What a test needs of the machine: skipped where it is missing, with the reason.

``TTMINIS_REQUIRE_ALL=1`` turns such skips into failures: continuous integration must
not pass for want of a browser or a database.
"""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it where everything is required."""
    if os.environ.get("TTMINIS_REQUIRE_ALL") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def pytest_runtest_setup(item: pytest.Item) -> None:
    on_server = os.environ.get("TEST_DATABASE", "").endswith(("postgres", "mariadb"))
    if item.get_closest_marker("postgres") and not on_server:
        missing("needs PostgreSQL: make test-postgres, or TEST_DATABASE=postgres")
