"""Run tests in a process of their own, under settings that hold for all of it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# No more than these need: what only one test of the suite needs takes a second to load.
PLAIN = ("-q", "-n0", "-p", "no:cacheprovider", "-p", "no:schemathesis")


def assert_passes_with(settings, path, *options, **env):
    """Run these tests under other settings; fails with what they print if they do."""
    command = [sys.executable, "-m", "pytest", *PLAIN, "--ds", settings, str(path)]
    # In memory, whatever this process uses: two would fight over one test database.
    env = {**os.environ, "TEST_DATABASE": "", **env}

    done = subprocess.run(
        [*command, *options], cwd=ROOT, env=env, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
