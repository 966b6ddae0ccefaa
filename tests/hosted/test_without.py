"""Projects without the packages that the hosted face needs.

Each runs in a process of its own: which packages there are is found out on import.
"""

import pytest

from tests.apart import assert_passes_with


@pytest.mark.parametrize(
    ("settings", "cases", "missing"),
    [
        ("settings", "cases", ""),
        ("settings", "cases", "corsheaders jwt"),
        ("headless_settings", "headless_cases", "corsheaders jwt"),
    ],
    ids=["not set up", "not installed", "headless alone"],
)
def test_everything_else_works(settings, cases, missing):
    assert_passes_with(
        f"tests.hosted.without.{settings}",
        f"tests/hosted/without/{cases}.py",
        MISSING_PACKAGES=missing,
    )
