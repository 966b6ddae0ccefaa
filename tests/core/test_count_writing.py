"""Counts are written to the database once a minute, and survive failures."""

import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.core.signals import request_finished
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic, connection
from tests.fixtures import DRAMA, GAME
from tests.waiting import until_somebody_waits
from ttminis_auth.core import counts
from ttminis_auth.errors import CodeRejected
from ttminis_auth.models import DailyCount, Identity
from ttminis_auth.tasks import refresh_tokens

What = DailyCount.What
ROOT = Path(__file__).parent.parent.parent

needs_commits = pytest.mark.django_db(transaction=True)


def refuse(times=1):
    for _ in range(times):
        counts.refused(CodeRejected(), DRAMA)


def written():
    return {row.code: row.count for row in DailyCount.objects.all()}


def finish_request():
    request_finished.send(sender=None)


@pytest.fixture(autouse=True)
def _same_day(monkeypatch):
    """Fix the date, so that midnight does not come during a test."""
    day = counts.today()
    monkeypatch.setattr(counts, "today", lambda: day)


@pytest.fixture
def later(monkeypatch):
    """Let some seconds pass."""

    def pass_by(seconds):
        now = time.monotonic() + seconds
        monkeypatch.setattr(counts.time, "monotonic", lambda: now)

    return pass_by


@pytest.fixture
def broken_table():
    """Rename the table; return a function that renames it back."""
    table, away = DailyCount._meta.db_table, []

    def rename(before, after):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {before} RENAME TO {after}")

    def mend():
        if away:
            rename(away.pop(), table)

    rename(table, "away")
    away.append("away")
    yield mend
    mend()


@needs_commits
class TestWhen:
    """Counts are written once a minute, after a response."""

    def test_counts_are_not_written_at_once(self):
        refuse()
        finish_request()

        assert written() == {}

    def test_counts_are_written_after_a_minute(self, later):
        refuse()
        later(61)
        finish_request()

        assert written() == {"code_rejected": 1}

    def test_counts_of_a_login_are_written_after_a_minute(self, send_code, later):
        send_code("mia", by=Client())
        later(61)
        send_code("mia", by=Client())

        found = DailyCount.objects.values_list("what", "count")
        assert dict(found) == {"login": 1, "first_login": 1}

    def test_counts_are_written_after_a_request_under_asgi(self, later):
        refuse()
        later(61)
        async_to_sync(request_finished.asend)(sender=None)

        assert written() == {"code_rejected": 1}

    def test_written_counts_are_added_up(self):
        for _ in range(3):
            refuse(2)
            counts.write()

        assert written() == {"code_rejected": 6}
        assert DailyCount.objects.get().counted_at <= timezone.now()

    def test_writing_without_counts_makes_no_query(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            counts.write()
            finish_request()

    def test_counts_are_not_written_within_a_transaction(self):
        refuse()
        with atomic():
            counts.write()

        assert written() == {}
        counts.write()
        assert written() == {"code_rejected": 1}

    def test_webhook_command_writes_all_counts(self):
        refuse()
        call_command("ttminis_webhooks")

        assert written() == {"code_rejected": 1}


@needs_commits
class TestFailure:
    """A failure to write is logged, and no count is lost."""

    def test_counts_are_kept_after_a_failure(self, broken_table):
        refuse()
        counts.write()
        refuse()
        broken_table()
        counts.write()

        assert written() == {"code_rejected": 2}

    def test_repeated_failures_are_logged_once(self, broken_table, caplog):
        refuse()
        for _ in range(3):
            counts.write()

        assert [record.levelno for record in caplog.records] == [logging.WARNING]

    def test_next_attempt_waits_for_a_minute(self, broken_table, later):
        refuse()
        counts.write()
        broken_table()
        finish_request()
        assert written() == {}

        later(61)
        finish_request()
        assert written() == {"code_rejected": 1}

    def test_exit_does_not_retry_after_a_failure(self, broken_table):
        refuse()
        counts.write()
        broken_table()
        counts._write_last()

        assert written() == {}


def test_number_of_unwritten_counts_is_bounded(monkeypatch):
    monkeypatch.setattr(counts, "MOST_KEYS", 3)
    for number in range(9):
        counts.removed(DRAMA, number)
    counts.removed(DRAMA, 0)

    assert sorted(counts.unwritten.counts.values()) == [1, 1, 2]


def test_parallel_counting_loses_nothing():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: refuse(500), range(8)))

    assert counts.unwritten.counts.total() == 4000


@needs_commits
def test_counts_of_a_test_database_are_not_written_to_the_site_s(monkeypatch):
    refuse()
    monkeypatch.setattr(counts, "_place", lambda connection: counts.Place("site"))
    counts.write()

    assert written() == {}
    monkeypatch.undo()
    counts.write()
    assert written() == {}


@needs_commits
def test_another_database_begins_without_counts(monkeypatch):
    refuse()
    monkeypatch.setattr(counts, "_place", lambda connection: counts.Place("another"))
    refuse(2)
    counts.write()

    assert written() == {"code_rejected": 2}


@pytest.mark.postgres
@needs_commits
def test_writing_counts_leaves_no_connection_open():
    left = []

    def write():
        counts.write()
        left.append(connection.connection)

    refuse()
    thread = Thread(target=write)
    thread.start()
    thread.join()

    assert (written(), left) == ({"code_rejected": 1}, [None])


def test_a_fork_does_not_write_counts_of_its_parent():
    unwritten = counts.Unwritten()
    unwritten.add(counts.Counter(a=1), counts.Place("here"))
    unwritten._pid = 1  # as a fork finds it

    assert unwritten.take(counts.Place("here")) == {}


PROGRAM = """
import django, os, sys
from pathlib import Path
from django.conf import settings
from tests import settings as usual
conf = {name: getattr(usual, name) for name in dir(usual) if name.isupper()}
name = sys.argv[1]
conf["DATABASES"] = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": name}}
settings.configure(**conf)
django.setup()
from django.core.management import call_command
from ttminis_auth.core import counts
from ttminis_auth.errors import CodeRejected
from ttminis_auth.models import DailyCount, Identity
from ttminis_auth.tasks import refresh_tokens
if sys.argv[2] == "count":
    call_command("migrate", "ttminis_auth", verbosity=0)
    counts.refused(CodeRejected())
elif sys.argv[2] == "fork":
    counts.refused(CodeRejected())
    if pid := os.fork():
        os.waitpid(pid, 0)
elif sys.argv[2] == "lose":
    counts.refused(CodeRejected())
    Path(name).unlink()
    Path(name).mkdir()
else:
    print(DailyCount.objects.get().count)
"""


@pytest.mark.process
def test_counts_are_written_at_exit(tmp_path):
    name = str(tmp_path / "db.sqlite3")
    assert run(name, "count") == ""

    assert run(name, "show") == "1"


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")
def test_counts_of_a_forked_parent_are_written_once(tmp_path):
    name = str(tmp_path / "db.sqlite3")
    run(name, "count")
    run(name, "fork")

    assert run(name, "show") == "2"


@pytest.mark.process
def test_exit_without_a_database_prints_nothing(tmp_path):
    name = str(tmp_path / "db.sqlite3")
    run(name, "count")

    assert run(name, "lose") == ""


def run(*arguments):
    command = [sys.executable, "-c", PROGRAM, *arguments]
    env = {**os.environ, "TEST_DATABASE": ""}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.postgres
@needs_commits
def test_counts_of_parallel_processes_are_added_up():
    barrier = Barrier(4, timeout=60)
    mine = [counts.Unwritten() for _ in range(4)]
    day, name = counts.today(), counts._place(connection)

    def write_or_keep(unwritten):
        taken = unwritten.take(name)
        try:
            counts._write(taken, connection)
        except OperationalError:  # MariaDB's, of two that make the same row
            unwritten.add(taken, name)

    def write(unwritten):
        try:
            for turn in range(10):
                keys = [counts.Key(day, DRAMA, What.REFUSAL, f"c{n}") for n in range(5)]
                unwritten.add(counts.Counter(keys[turn % 2 :]), name)
                barrier.wait()
                write_or_keep(unwritten)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, mine))
    for unwritten in mine:
        write_or_keep(unwritten)

    assert written() == {"c0": 20} | {f"c{number}": 40 for number in range(1, 5)}


@pytest.mark.postgres
@needs_commits
def test_a_count_is_added_to_a_row_that_another_process_inserts():
    key = counts.Key(counts.today(), DRAMA, What.REFUSAL, "c0")

    def write():
        try:
            counts._write(counts.Counter({key: 2}), connection)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with atomic():
            DailyCount.objects.create(**key._asdict(), count=1)
            writing = pool.submit(write)
            until_somebody_waits()
        writing.result()

    assert written() == {"c0": 3}


@pytest.mark.django_db
class TestSnapshot:
    """A snapshot counts the identities of each health."""

    @pytest.fixture
    def two_apps(self, person):
        person("mia")
        person("noah", grant={"dead_at": timezone.now()})
        person("zoe", app=GAME, grant=None)

    def test_snapshot_counts_by_app_and_health(self, two_apps):
        counts.snapshot()

        rows = DailyCount.objects.filter(what=What.GRANTS, count__gt=0)
        assert {(row.client_key, row.code): row.count for row in rows} == {
            (DRAMA, "ok"): 1,
            (DRAMA, "dead"): 1,
            (GAME, "none"): 1,
        }

    def test_snapshot_replaces_the_one_before(self, two_apps, person):
        counts.snapshot()
        person("mia2")
        counts.snapshot()

        assert DailyCount.objects.get(client_key=DRAMA, code="ok").count == 2

    def test_snapshot_sets_an_app_without_identities_to_zero(self, two_apps):
        counts.snapshot()
        DailyCount.objects.update(day=counts.today() - timedelta(days=1))
        Identity.objects.filter(client_key=GAME).delete()
        counts.snapshot()

        today = DailyCount.objects.filter(day=counts.today(), client_key=GAME)
        assert {row.count for row in today} == {0}

    def test_snapshot_is_not_taken_again_within_the_hour(self, two_apps, person):
        counts.snapshot_if_older()
        person("mia2")
        counts.snapshot_if_older()

        assert DailyCount.objects.get(client_key=DRAMA, code="ok").count == 1

    def test_old_snapshot_is_taken_again(self, two_apps, person):
        counts.snapshot()
        DailyCount.objects.update(counted_at=timezone.now() - timedelta(hours=2))
        person("mia2")
        counts.snapshot_if_older()

        assert DailyCount.objects.get(client_key=DRAMA, code="ok").count == 2


@needs_commits
def test_refresh_command_takes_a_snapshot(tiktok, person):
    person("mia")
    call_command("ttminis_refresh")

    row = DailyCount.objects.get(what=What.GRANTS, count=1)
    assert (row.client_key, row.code) == (DRAMA, "ok")


@needs_commits
def test_refresh_task_takes_a_snapshot(tiktok, person, settings):
    backend = "django_tasks.backends.immediate.ImmediateBackend"
    settings.TASKS = {"default": {"BACKEND": backend}}
    person("mia")
    refresh_tokens.call()

    assert DailyCount.objects.get(what=What.GRANTS, count=1).code == "ok"
