"""What the refreshing is measured in: a process with the database of ``refreshes``.

It reads one line of JSON, ``["name", …arguments]``, acts, answers with another, ends.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection

from .settings import CLIENT_KEY

Answers = Sequence[dict[str, Any]]


def migrate() -> None:
    call_command("migrate", verbosity=0)


def add(answers: Answers, more: int) -> None:
    """Add users with these tokens, which are due first, and more that never are."""
    from . import refresh_rows

    refresh_rows.add(CLIENT_KEY, answers, more)


def rate(workers: int) -> tuple[float, float]:
    """Refresh all that is due; return how many per second, and the CPU ms of each."""
    from ttminis_auth.tokens.refresh_all import refresh_due

    start, cpu = time.perf_counter(), time.process_time()
    report = refresh_due(timedelta(0), workers=workers)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    if not report.is_clean:
        raise RuntimeError(str(report))
    return report.refreshed / wall, cpu / report.refreshed * 1000


def statements(count: int) -> list[str]:
    """Return the SQL of the last of so many refreshes over one connection."""
    from ttminis_auth.tokens.refresh_all import refresh_due

    seen: list[str] = []
    each: list[list[str]] = []

    def note(execute: Any, sql: str, *arguments: Any) -> Any:
        seen.append(sql)
        return execute(sql, *arguments)

    def finish(report: Any) -> None:
        each.append([*seen])
        seen.clear()

    with connection.execute_wrapper(note):
        refresh_due(workers=1, limit=count, progress=finish)
    return each[-1]


def command(*arguments: str) -> tuple[str, float]:
    """Run ``manage.py ttminis_refresh``; return its last line and the peak in MiB."""
    out = StringIO()
    call_command("ttminis_refresh", *arguments, stdout=out)
    return out.getvalue().splitlines()[-1], peak()


def webhooks(seconds: float) -> float:
    """Return how many webhooks are verified in a second, one after the other."""
    import hmac
    from datetime import UTC, datetime

    from ttminis_auth.tiktok import signature
    from ttminis_auth.tiktok.secret import Secret

    body = json.dumps({"event": "authorization.removed", "content": "x" * 200}).encode()
    now = datetime.now(UTC)
    stated = str(int(now.timestamp()))
    signed = hmac.digest(b"secret", stated.encode() + b"." + body, "sha256").hex()
    header = f"t={stated},s={signed}"
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for _ in range(100):
            signature.verify(
                header, body, [Secret("secret")], now=now, tolerance=timedelta(hours=73)
            )
        count += 100
    return count / (time.process_time() - start)


def peak() -> float:
    """Return the most memory that this process ever had resident, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage: there, Linux counts the parent's memory at the fork too.
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1024**2


ACTIONS = (migrate, add, rate, statements, command, webhooks)


def main(line: str) -> None:
    django.setup()
    name, *arguments = json.loads(line)
    actions: Iterable[Any] = ACTIONS
    (action,) = (action for action in actions if action.__name__ == name)
    print(json.dumps(action(*arguments)))


if __name__ == "__main__":
    main(sys.stdin.readline())
