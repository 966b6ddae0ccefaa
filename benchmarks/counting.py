"""What it takes to count a login, and to write what a minute of logins has counted."""

from __future__ import annotations

import time
from statistics import median
from timeit import repeat
from types import SimpleNamespace

from ttminis_auth.core import counts
from ttminis_auth.errors import CodeRejected

from .settings import CLIENT_KEY

LOGINS = 2000
MINUTES = 20
APP = SimpleNamespace(app=SimpleNamespace(client_id=CLIENT_KEY))


def sentence() -> str:
    """Return both, in words."""
    return (
        f"Counting is {_count() * 1e6:.0f} µs of a login; what was counted in a minute "
        f"is written after a response, in {_write() * 1000:.0f} ms."
    )


def _count() -> float:
    return min(repeat(_count_one, number=LOGINS)) / LOGINS


def _count_one() -> None:
    """Do what is done more than without counting."""
    for _ in range(3):  # around the request, the code and the decision
        with counts.refusals(CLIENT_KEY):
            pass
    counts.entered(SimpleNamespace(provider=APP, state={}))
    counts.note_finished_request()


def _write() -> float:
    return median(_write_minute() for _ in range(MINUTES))


def _write_minute() -> float:
    _count_one()
    counts.refused(CodeRejected(), CLIENT_KEY)
    counts.removed(CLIENT_KEY, 1)
    start = time.perf_counter()
    counts.write()
    return time.perf_counter() - start
