"""Run tests in a process of their own, under settings that hold for all of it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def assert_passes_with(settings, path):
    """Run these tests under other settings; fails with what they print if they do."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0"]
    command += ["--ds", settings, "--no-migrations", str(path)]
    # In memory, whatever this process uses: two would fight over one test database.
    env = {**os.environ, "TEST_DATABASE": ""}

    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
