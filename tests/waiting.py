"""Wait for what others do: for a race at its lock, and for a page's last request."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.databases import connection

PATIENCE = 30.0
# MariaDB answers from a cache, which it renews once it was not asked for 0.1 s.
POLL = {"postgresql": 0.01, "mysql": 0.15}

# Not all that wait: the server's other databases are other test processes'.
_FOR_US = {
    "postgresql": """
        SELECT count(*) FROM pg_locks
        WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
    """,
    "mysql": """
        SELECT count(DISTINCT requesting_trx_id)
        FROM information_schema.innodb_lock_waits
        JOIN information_schema.innodb_trx ON trx_id = blocking_trx_id
        WHERE trx_mysql_thread_id = connection_id()
    """,
}


def until(is_true: Callable[[], bool]) -> None:
    """Return once it is true: a page does not wait for the server where it logs out."""
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.02)


def until_somebody_waits(count=1, unless=None):
    """Return once other connections wait for what the caller's transaction holds.

    Return also once the event ``unless`` is set: the others were faster.
    """
    deadline = time.monotonic() + PATIENCE
    while _are_waiting() < count and not (unless and unless.is_set()):
        assert time.monotonic() < deadline, "no transaction waits for the lock"
        time.sleep(POLL[connection.vendor])


def _are_waiting():
    with connection.cursor() as cursor:
        cursor.execute(_FOR_US[connection.vendor])
        return cursor.fetchone()[0]


def at_once(*acts):
    """Do all of these in a thread each, begun together, and return what they return."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]
