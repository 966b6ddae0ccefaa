"""Print "ready", and once the input ends, how many connections there were at most."""

from __future__ import annotations

import os
import sys
import threading
import time

import psycopg

EVERY = 0.05


def main() -> None:
    ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    most, name = 0, os.environ["BENCHMARKS_POSTGRES"]
    # In another database: this connection is none of the site's.
    with psycopg.connect(dbname="postgres", autocommit=True) as connection:
        print("ready", flush=True)
        while not ended.is_set():
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]
            ).fetchone()
            most = max(most, row[0] if row else 0)
            time.sleep(EVERY)
    print([most])


def _wait_for_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
