"""A small stampede: what becomes of a crowd, and not how long that takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.process, pytest.mark.postgres]

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "benchmarks", "stampede", "--opens", "80"]


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
def test_crowd_is_logged_in_or_gets_a_retry_after(server: str) -> None:
    """No 500, no second user for a person, and no login lost that TikTok granted."""
    finished = subprocess.run(
        [*COMMAND, "--server", server],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert finished.returncode == 0, finished.stderr
    names = [line for line in finished.stdout.splitlines() if line.startswith(server)]
    assert [name.partition(": ")[2] for name in names] == [
        "TikTok is slow and fails",
        "TikTok hangs",
    ]
