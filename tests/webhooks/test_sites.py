"""``django.contrib.sites``, in a process of its own: allauth looks when imported."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_site_s_apps_are_heard():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--ds", "tests.apps.sites.settings", "tests/webhooks/cases_of_sites.py"]
    # In memory, whatever this process uses: two would fight over one test database.
    env = {**os.environ, "TEST_DATABASE": ""}

    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
