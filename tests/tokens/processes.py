"""Processes that a test starts all at once, and kills if it likes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.databases import connection

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 300.0


def environment(url: str) -> dict[str, str]:
    """Return what makes a process one of this test: its database and its TikTok."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.tokens.settings",
        "PGDATABASE": str(connection.settings_dict["NAME"]),
        "SIMULATOR_URL": url,
    }


class Processes:
    """So many of ``python -m tests.tokens.worker …``; none outlives the ``with``."""

    def __init__(self, url: str, count: int, *arguments: object) -> None:
        command = [sys.executable, "-m", "tests.tokens.worker", *map(str, arguments)]
        self.all = [
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(url),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(count)
        ]

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self.all:
            process.kill()
            process.communicate()

    def start(self) -> None:
        """Let them begin, all at once."""
        for process in self.all:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in self.all:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()

    def answers(self) -> list[Any]:
        """Wait for those that were not killed, and return what they said."""
        said = [process.communicate(timeout=PATIENCE)[0] for process in self.all]
        return [json.loads(text) for text in said if text]


_BACKENDS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database()",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = DATABASE()",
}


def backends() -> set[int]:
    """Return the numbers of the connections to this test's database."""
    with connection.cursor() as cursor:
        cursor.execute(_BACKENDS[connection.vendor])
        return {pid for (pid,) in cursor.fetchall()}


def eventually(condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until it holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)
