"""Projects that lack a package, for ``tests.test_apart``."""

import os
import sys


def hide_packages() -> None:
    """Make the packages of ``MISSING_PACKAGES`` look as if they were not installed."""
    for package in os.environ["MISSING_PACKAGES"].split():
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]
        sys.modules[package] = None  # type: ignore[assignment]
