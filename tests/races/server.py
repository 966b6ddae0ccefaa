"""What the database's server itself says of deadlocks and of waits for locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.db import connections

from tests.databases import connection

EVERY = 0.2

_DEADLOCKS = {
    "postgresql": """
        SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()
    """,
    "mysql": """
        SELECT variable_value FROM information_schema.global_status
        WHERE variable_name = 'Innodb_deadlocks'
    """,
}
# In seconds, of our database alone: others are of other test processes.
_LONGEST_WAIT = {
    "postgresql": """
        SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)
        FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE NOT granted AND datname = current_database()
    """,
    "mysql": """
        SELECT coalesce(max(timestampdiff(SECOND, trx_wait_started, now())), 0)
        FROM information_schema.innodb_trx JOIN information_schema.processlist
            ON id = trx_mysql_thread_id
        WHERE db = database()
    """,
}


def deadlocks() -> int:
    """Return how many deadlocks the server has ended; always 0 on SQLite."""
    return int(_asked(_DEADLOCKS))


class Waits:
    """The longest wait for a lock since the watch began, in seconds."""

    longest = 0.0


@contextmanager
def watched_waits() -> Iterator[Waits]:
    """Look several times a second how long connections have waited for locks."""
    waits, stop = Waits(), Event()

    def watch() -> None:
        try:
            while not stop.wait(EVERY):
                waits.longest = max(waits.longest, float(_asked(_LONGEST_WAIT)))
        finally:
            connections.close_all()

    thread = Thread(target=watch)
    if connection.vendor in _LONGEST_WAIT:
        thread.start()
    try:
        yield waits
    finally:
        stop.set()
        if thread.ident:
            thread.join()


def _asked(statements: dict[str, str]) -> float:
    if connection.vendor not in statements:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
        return float(cursor.fetchone()[0])
