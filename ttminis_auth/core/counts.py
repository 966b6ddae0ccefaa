"""In-process counters, written to ``DailyCount`` once a minute.

A login adds one to a number in the memory of its process. The numbers are written to
``DailyCount`` about once a minute, after some response has gone out, and at the end of
the process, also by SIGTERM: a crash loses what was counted since. A process that
answers no requests and does not end, such as a worker of a queue, calls ``write`` now
and then.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import cache
from threading import Lock, Thread, current_thread, main_thread
from types import FrameType, SimpleNamespace
from typing import NamedTuple

from allauth.socialaccount.models import SocialLogin
from django.db import IntegrityError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, F
from django.utils import timezone

from ..errors import LoginRefused
from ..models import DailyCount, Health, Identity

What = DailyCount.What

# Seconds from the first count that is not written to the writing.
FLUSH_INTERVAL = 60
# And from the signal that ends the process to giving up on the database.
SHUTDOWN_TIMEOUT = 5.0
# Apps, codes and days are few. Should they not be, memory is worth more than a count.
MOST_KEYS = 10_000

CODE_MAX_LENGTH = DailyCount._meta.get_field("code").max_length

_COUNTED = "ttminis_counted"

logger = logging.getLogger("ttminis_auth")


class Key(NamedTuple):
    """What a number in memory stands for, and a row of ``DailyCount``."""

    day: date
    client_key: str
    what: str
    code: str


class Place(NamedTuple):
    """Where counts belong: a database, and the schema of a tenant in it, if any."""

    database: object
    schema: str | None = None


class Unwritten:
    """What this process has counted for a database, and not written to it yet."""

    def __init__(self) -> None:
        self.forget()

    @property
    def counts(self) -> Counter[Key]:
        """All of it, whichever tenant it is of."""
        return sum(self._counts.values(), Counter[Key]())

    def places_in(self, database: object) -> list[Place]:
        """Return the places of counts in this database, one for each tenant."""
        return [place for place in self._counts if place.database == database]

    def is_due(self, place: Place) -> bool:
        return place in self._counts and time.monotonic() >= self._due[place]

    def forget(self) -> None:
        """Begin with nothing, and for this process."""
        self._lock = Lock()
        self._counts: dict[Place, Counter[Key]] = {}
        self._due: dict[Place, float] = {}
        self._interval = FLUSH_INTERVAL
        self.is_failing = False
        self._pid = os.getpid()

    def hurry(self) -> None:
        """Have everything written after the next response: the process is to end."""
        with self._lock:
            self._interval = 0
            self._due = dict.fromkeys(self._due, 0.0)

    def add(self, counts: Counter[Key], place: Place) -> None:
        self._leave_to_the_parent()
        with self._lock:
            self._forget_other_databases(place)
            ours = self._counts.setdefault(place, Counter())
            if not ours:
                self._due[place] = time.monotonic() + self._interval
            room = MOST_KEYS - sum(map(len, self._counts.values()))
            for key, count in counts.items():
                if key in ours or room > 0:
                    room -= key not in ours
                    ours[key] += count

    def take(self, place: Place) -> Counter[Key]:
        """Hand over what is to be written to this place, and forget it."""
        self._leave_to_the_parent()
        with self._lock:
            self._forget_other_databases(place)
            return self._counts.pop(place, Counter())

    def _forget_other_databases(self, place: Place) -> None:
        # A test runner has brought a database of its own, or taken it away. What tests
        # did is never written where a site's people are.
        if any(place.database != other.database for other in self._counts):
            self._counts = {}

    def _leave_to_the_parent(self) -> None:
        # A fork inherits the counts, and perhaps a lock that is never released.
        if self._pid != os.getpid():
            self.forget()


unwritten = Unwritten()


def today() -> date:
    """Return the day that counts, which is that of the site's time zone."""
    return datetime.now(timezone.get_default_timezone()).date()


def entered(sociallogin: SocialLogin, *, created: bool = False) -> None:
    """Count a login that succeeded: once, and as what it was.

    A consent counts as that, whatever it did to the session; and as a first login as
    well, where it made a user.
    """
    # The state goes with a login wherever it goes: through the second look after a
    # race, the joining of two users, and the wait for a form or a second factor.
    state, client_key = sociallogin.state, str(sociallogin.provider.app.client_id)
    if state.get(_COUNTED):
        return
    state[_COUNTED] = True
    consented = state.get("process") == "authorize"
    if consented:
        _count(What.AUTHORIZE, client_key)
    if created or not consented:
        _count(What.FIRST_LOGIN if created else What.LOGIN, client_key)


def refused(refusal: LoginRefused, client_key: str = "") -> None:
    """Count a refusal; the key is that of an app of ours, or empty.

    Never one that a request brought: made-up keys could fill the table.
    """
    # Of the class: the code of one refusal may be anything that a hook made up. Cut to
    # fit: a row that cannot be written would keep all the others unwritten.
    code = str(type(refusal).code)[:CODE_MAX_LENGTH]
    _count(What.REFUSAL, client_key, code)


@contextmanager
def refusals(client_key: str = "") -> Iterator[SimpleNamespace]:
    """Count the refusal that ends what is done inside, if one does.

    For each way in, once. Gives what takes the ``client_key`` as soon as it is known.
    """
    about = SimpleNamespace(client_key=client_key)
    try:
        yield about
    except LoginRefused as refusal:
        refused(refusal, about.client_key)
        raise


def removed(client_key: str, reason: int) -> None:
    """Count that an authorization ended, for TikTok's reason."""
    _count(What.REMOVAL, client_key, str(reason))


def note_finished_request(**kwargs: object) -> None:
    """Write when it is time to: a receiver of ``request_finished``."""
    if unwritten.is_due(_place(_connection())):
        write()


def write() -> None:
    """Write what this process has counted.

    Raises nothing. What cannot be written now is kept for the next time; so is all of
    it inside a transaction, which may be rolled back.
    """
    connection = _connection()
    if connection.in_atomic_block:
        return
    taken = unwritten.take(_place(connection))
    try:
        _write(taken, connection)
        unwritten.is_failing = False
    except Exception as error:  # noqa: BLE001, no request is to fail for it
        unwritten.add(taken, _place(connection))
        if not unwritten.is_failing:
            reason = type(error).__name__
            logger.warning("Counts are not written for now, but kept: %s", reason)
        unwritten.is_failing = True


def snapshot() -> None:
    """Write how many identities have healthy tokens now, and how many do not.

    Reads all identities, which takes five seconds where there are a million.
    """
    columns = ("client_key", "health_now")
    by_health = Identity.objects.with_health().order_by().values_list(*columns)
    counts = {(key, health): n for key, health, n in by_health.annotate(Count("pk"))}
    client_keys = {client_key for client_key, _ in counts} | _keys_of_earlier_looks()
    for client_key, health in [(k, h) for k in sorted(client_keys) for h in Health]:
        key = Key(today(), client_key, What.GRANTS, health)
        _write_row(key, counts.get((client_key, health), 0))


def snapshot_if_older(age: timedelta = timedelta(hours=1)) -> None:
    """Do as ``snapshot``, unless that was done less than ``age`` ago."""
    recent = DailyCount.objects.filter(counted_at__gt=timezone.now() - age)
    if not recent.filter(what=What.GRANTS).exists():
        snapshot()


def _count(what: str, client_key: str, code: str = "") -> None:
    _write_at_exit()
    key = Key(today(), client_key, str(what), code)
    unwritten.add(Counter({key: 1}), _place(_connection()))


def _keys_of_earlier_looks() -> set[str]:
    # An app without any identity left would otherwise keep its last numbers.
    before = DailyCount.objects.filter(what=What.GRANTS, count__gt=0)
    return set(before.values_list("client_key", flat=True).distinct())


def _connection() -> BaseDatabaseWrapper:
    return connections[router.db_for_write(DailyCount)]


def _place(connection: BaseDatabaseWrapper) -> Place:
    # django-tenants switches the schema of a connection for each request. What one
    # tenant's visitors do must not be counted as another's.
    schema = getattr(connection, "schema_name", None)
    return Place(connection.settings_dict["NAME"], schema)


def _write(counts: Counter[Key], connection: BaseDatabaseWrapper) -> None:
    if not counts:
        return
    was_open = connection.connection is not None
    try:
        with transaction.atomic(using=connection.alias):
            # In order, or two processes might wait for each other's rows.
            for key in sorted(counts):
                _add_to_row(key, counts[key])
    finally:
        if not was_open:
            connection.close()


def _add_to_row(key: Key, count: int) -> None:
    _write_row(key, count, F("count") + count)


def _write_row(key: Key, count: int, over: object = None) -> None:
    """Write a row, or ``over`` one that is there; None writes the same count."""
    row = DailyCount.objects.filter(**key._asdict())
    now = {"count": count if over is None else over, "counted_at": timezone.now()}
    # Written before it is read: on SQLite this waits for its turn.
    if row.update(**now):
        return
    try:
        with transaction.atomic(using=row.db):
            DailyCount.objects.create(**key._asdict(), count=count)
    except IntegrityError:
        if not row.update(**now):
            raise  # another process was not faster, so this is another error


@cache
def _write_at_exit() -> None:
    atexit.register(_write_last)


# uvicorn answers SIGTERM by finishing its requests, and then lets the signal end the
# process, which runs nothing that was registered for its end. Whether it takes over the
# signal before this app is loaded, or after, depends on its version and options.
def write_on_sigterm() -> None:
    """Write the counts when uvicorn is stopped; leave other servers alone."""
    before = signal.getsignal(signal.SIGTERM)
    if "uvicorn" not in sys.modules or current_thread() is not main_thread():
        return

    def end(number: int, frame: FrameType | None) -> None:
        # In a thread: this one may hold the lock, or be in the middle of a query.
        writing = Thread(target=_write_before_the_end)
        writing.start()
        if callable(before):
            before(number, frame)
            return
        writing.join(SHUTDOWN_TIMEOUT)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    signal.signal(signal.SIGTERM, end)


def _write_before_the_end() -> None:
    unwritten.hurry()
    _write_last()


def _write_last() -> None:
    # A database that is away could keep the process waiting.
    if unwritten.is_failing:
        return
    connection = _connection()
    here = _place(connection)
    for place in unwritten.places_in(here.database):
        with suppress(Exception):
            if place != here:
                connection.set_schema(place.schema)  # type: ignore[attr-defined]
                here = place
            _write(unwritten.take(place), connection)
