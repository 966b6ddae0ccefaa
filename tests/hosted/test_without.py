"""Projects without the packages that the hosted face needs.

Each runs in a process of its own: which packages there are is found out on import.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = "tests/hosted/without"


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
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--ds", f"tests.hosted.without.{settings}", f"{HERE}/{cases}.py"]
    # In memory, whatever this process uses: two would fight over one test database.
    env = {**os.environ, "TEST_DATABASE": "", "MISSING_PACKAGES": missing}

    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
