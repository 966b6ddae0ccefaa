"""The environment of a process that does not count for coverage.

What it runs of the package, other tests run as well, and tracing doubles its time.
"""

from __future__ import annotations

import os


def environ() -> dict[str, str]:
    """Return ours, without what has a process measure itself."""
    found = os.environ.items()
    return {name: value for name, value in found if not name.startswith("COVERAGE_")}
