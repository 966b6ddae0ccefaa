"""What the package adds to the start of a process: apps, models, URLs."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

START = """
import time
began = time.process_time()
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print((time.process_time() - began) * 1000)
"""


def run(times: int) -> dict[str, float]:
    """Return milliseconds of CPU of a start without the package, and with it."""
    _start()  # writes the byte code, as an installation does
    without, ours = [], []
    for _ in range(times):
        without.append(_start(BENCHMARKS_WITHOUT_US="1"))
        ours.append(_start())
    more = median(b - a for a, b in zip(without, ours, strict=True))
    return {"without": median(without), "with": median(ours), "more": more}


def _start(**more: str) -> float:
    command = [sys.executable, "-c", START]
    environ = {**os.environ, **more}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return float(subprocess.check_output(command, env=environ))
