"""Run the tests beside each app, or beside those named, and allauth's suite.

Each run is a process of its own, because an app of a site changes all of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from neighbours import allauth_suite
from neighbours.beside import ALLAUTH, BESIDE, NEEDS

ROOT = Path(__file__).parents[1]
CONFIG = Path(__file__).parent / "pytest.ini"


def main(names: list[str]) -> int:
    """Return how many of the names fail; each that is known if there are none."""
    if unknown := {*names} - {*NEEDS}:
        raise SystemExit(f"unknown: {unknown}; known are {[*NEEDS]}")
    wanted = names or [*NEEDS]
    failed = [name for name in wanted if name in BESIDE and not _passes(name)]
    if ALLAUTH in wanted:
        failed += allauth_suite.run()
    print("failed: " + ", ".join(failed) if failed else "all passed")
    return len(failed)


def _passes(name: str) -> bool:
    print(f"--- beside {name}", flush=True)
    if name == "django-tenants" and not _postgres_answers():
        print("skipped, because no PostgreSQL answers: see PGHOST, PGPORT")
        return os.environ.get("TTMINIS_REQUIRE_ALL") != "1"
    command = [sys.executable, "-m", "pytest", "-c", str(CONFIG), "neighbours"]
    environ = {**os.environ, "NEIGHBOUR": name}
    return subprocess.run(command, cwd=ROOT, env=environ).returncode == 0


def _postgres_answers() -> bool:
    try:
        psycopg.connect(connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(min(main(sys.argv[1:]), 1))
