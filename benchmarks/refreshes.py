"""How fast tokens are renewed, in what memory, and how fast webhooks are verified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from .measure import FAR, Progress
from .settings import CLIENT_KEY
from .tiktok import TikTok

NAME = f"ttminis_benchmarks_{os.getpid()}"
LIMIT = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshEffort:
    """For each number of connections the refreshes, then the sizes of the table."""

    refreshes: dict[int, int]
    sizes: tuple[int, ...]
    limit: int
    webhook_seconds: float


QUICK = RefreshEffort(
    refreshes={1: 5, 8: 40}, sizes=(1000,), limit=50, webhook_seconds=0.1
)
USUAL = RefreshEffort(
    refreshes={1: 60, 8: 480, 32: 1600},
    sizes=(10_000, 100_000),
    limit=LIMIT,
    webhook_seconds=1.0,
)
FULL = RefreshEffort(
    refreshes=USUAL.refreshes,
    sizes=(*USUAL.sizes, 1_000_000),
    limit=LIMIT,
    webhook_seconds=1.0,
)


@dataclass(kw_only=True, slots=True)
class RefreshFigures:
    """What was measured.

    Attributes:
        rates: refreshes per second and the CPU of each in ms, by connections.
        peaks: MiB at the most, by the number of identities: refreshing, and dry run.
        statements: the SQL of one refresh, without transaction control.
        webhooks: verified per second of one core.
    """

    database: str
    limit: int
    rates: dict[int, tuple[float, float]] = field(default_factory=dict)
    peaks: dict[int, tuple[float, float]] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    webhooks: float = 0.0


class Refreshes:
    """Measures with one TikTok, in the database that ``database`` gives."""

    def __init__(
        self,
        tiktok: TikTok,
        effort: RefreshEffort,
        progress: Progress,
        environ: dict[str, str],
    ) -> None:
        self._tiktok = tiktok
        self._effort = effort
        self._progress = progress
        self._environ = environ
        self._on_postgres = "BENCHMARKS_POSTGRES" in environ
        self.figures = RefreshFigures(
            database="PostgreSQL" if self._on_postgres else "SQLite",
            limit=effort.limit,
        )

    def run(self) -> None:
        self._act("migrate")
        self._tiktok.set_distance(0)
        self._add(3)
        self.figures.statements = self._act("statements", 3)
        self._measure_rates()
        self._measure_peaks()
        self._progress("verifying webhooks")
        self.figures.webhooks = self._act("webhooks", self._effort.webhook_seconds)
        self._progress("")

    def _measure_rates(self) -> None:
        self._tiktok.set_distance(FAR)
        for workers, count in self._effort.refreshes.items():
            if workers > 1 and not self._on_postgres:
                break
            self._progress(f"refreshing over {workers} connections")
            self._add(count)
            self.figures.rates[workers] = self._act("rate", workers)
        self._tiktok.set_distance(0)

    def _measure_peaks(self) -> None:
        there = 0
        for size in self._effort.sizes:
            self._progress(f"refreshing {self._effort.limit} of {size:,}")
            self._add(self._effort.limit, more=size - there)
            there = size
            last, peak = self._act("command", f"--limit={self._effort.limit}")
            if f" {self._effort.limit} refreshed" not in last:
                raise RuntimeError(last)
            _, dry = self._act("command", "--dry-run")
            self.figures.peaks[size] = peak, dry

    def _add(self, count: int, more: int = 0) -> None:
        answers = self._tiktok.issue_tokens(CLIENT_KEY, count)
        self._act("add", answers, more)

    def _act(self, *words: Any) -> Any:
        """Let a fresh process do it: whatever it measures is of this alone."""
        finished = subprocess.run(
            [sys.executable, "-m", "benchmarks.refresh_process"],
            input=json.dumps(words) + "\n",
            env=self._environ,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(finished.stdout)


@contextmanager
def database(directory: Path) -> Iterator[dict[str, str]]:
    """Give the environment of a database of our own: PostgreSQL, if one answers."""
    try:
        server = psycopg.connect(connect_timeout=2, autocommit=True)
    except psycopg.OperationalError:
        file = str(directory / "refreshes.sqlite3")
        yield {**os.environ, "BENCHMARKS_DATABASE": file}
        return
    with closing(server):
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            yield {**os.environ, "BENCHMARKS_POSTGRES": NAME}
        finally:
            # Not by force: that fails where autovacuum is at work, and this ends it.
            server.execute(f"DROP DATABASE {NAME}")
