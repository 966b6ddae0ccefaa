"""What the database's server itself says of deadlocks and of waits for locks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Event, Thread
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created

from tests.databases import connection

# In seconds.
EVERY = 0.2
LONGEST = 2.0

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


def latest_deadlock() -> str:
    """Return what the server tells of it; empty for one of another database."""
    if connection.vendor != "mysql":
        return "its log tells more"
    with connection.cursor() as cursor:
        cursor.execute("SHOW ENGINE INNODB STATUS")
        text = cursor.fetchone()[2].partition("LATEST DETECTED DEADLOCK")[2]
    # MariaDB counts for all databases together, and others may be tested on it.
    text = text.partition("\nTRANSACTIONS\n")[0]
    return text if f"`{connection.settings_dict['NAME']}`" in text else ""


def report_deadlocks() -> None:
    """Have PostgreSQL count this connection's deadlocks now, and not in a while."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")


class Waits:
    """The longest wait for a lock since the last ``begin``, in seconds."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.longest, self.looks, self.began = 0.0, 0, time.monotonic()

    def note(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)

    @property
    def slowness(self) -> float:
        """How much longer a look takes than on a machine that has nothing else to do.

        On a busy machine, the thread that holds a lock waits for a processor.
        """
        looks = max(1, self.looks)
        return max(1.0, (time.monotonic() - self.began) / (looks * EVERY))

    def are_too_long(self) -> bool:
        return self.longest > LONGEST * self.slowness


@contextmanager
def watched_waits() -> Iterator[Waits]:
    """Note how long connections wait for locks: look several times a second."""
    waits, stop = Waits(), Event()

    def watch() -> None:
        try:
            while not stop.wait(EVERY):
                waits.note(_asked(_LONGEST_WAIT))
                waits.looks += 1
        finally:
            connections.close_all()

    thread = Thread(target=watch)
    thread.start()
    try:
        with _timed(waits) if connection.vendor == "sqlite" else nullcontext():
            yield waits
    finally:
        stop.set()
        thread.join()


@contextmanager
def _timed(waits: Waits) -> Iterator[None]:
    """Time each statement of SQLite: none takes long, but for its turn to write."""

    def timed(execute: Any, *args: Any) -> Any:
        began = time.monotonic()
        try:
            return execute(*args)
        finally:
            waits.note(time.monotonic() - began)

    def begin(connection: Any, **kwargs: Any) -> None:
        connection.execute_wrappers.append(timed)

    connection_created.connect(begin)
    try:
        yield
    finally:
        connection_created.disconnect(begin)


def _asked(statements: dict[str, str]) -> float:
    if connection.vendor not in statements:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
        return float(cursor.fetchone()[0])
