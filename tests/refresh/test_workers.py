"""Several workers in one process, which takes a database that locks rows."""

from __future__ import annotations

import os
import signal
from threading import current_thread, main_thread
from threading import enumerate as threads

import pytest
from django.db import connection, transaction

from tests.fixtures import GAME
from ttminis_auth.flows.refresh import End, Tally, due, refresh_due
from ttminis_auth.models import Grant, Identity

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def connections_of_this_process():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        )
        return cursor.fetchone()[0]


def test_workers_share_the_work(crowd, tiktok):
    crowd(40)
    tiktok.latency = 0.02
    seen = set()

    tally = refresh_due(workers=4, progress=lambda tally: seen.add(current_thread()))

    assert tally == Tally(refreshed=40)
    assert len(tiktok.requests) == 40
    assert len(seen) == 4
    assert main_thread() not in seen


def test_workers_leave_no_thread_and_no_connection_behind(crowd):
    crowd(8)
    before = connections_of_this_process()

    refresh_due(workers=4)

    assert not [thread for thread in threads() if "ttminis" in thread.name]
    assert connections_of_this_process() == before


def test_more_workers_than_connections_are_never_started(crowd, tiktok_server):
    crowd(50)
    before = tiktok_server.connections

    refresh_due(workers=500)

    assert tiktok_server.connections - before <= 32


def test_row_that_another_holds_is_passed_over(crowd):
    held, _ = crowd(2)

    with transaction.atomic():
        Grant.objects.select_for_update().get(pk=held.pk)
        tally = refresh_due(workers=2)

    assert tally == Tally(refreshed=1)
    assert list(due()) == [held]


def test_outage_holds_all_workers_back(crowd, tiktok, clock):
    crowd(40)
    tiktok.order_fault("server_error", times=1000)

    tally = refresh_due(workers=8)

    assert tally.end is End.OUTAGE
    # Eight were under way when it began; from then on one tried at a time.
    assert len(tiktok.requests) <= 8 + 6
    assert due().count() == 40


def test_refused_app_is_given_up_by_all(crowd, tiktok, settings):
    drama = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0]
    game = {"client_id": GAME, "secret": "wrong", "name": "Game"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}
    crowd(50, app=GAME)
    crowd(20)

    tally = refresh_due(workers=4)

    assert tally == Tally(refreshed=20, refused_apps=(GAME,))
    assert len(tiktok.requests) <= 20 + 4


def test_limit_is_shared(crowd, tiktok):
    crowd(30)

    assert refresh_due(workers=4, limit=10) == Tally(refreshed=10, end=End.LIMIT)
    assert len(tiktok.requests) == 10


def test_limit_beyond_what_is_there_is_no_end(crowd):
    crowd(3)

    assert refresh_due(workers=8, limit=10) == Tally(refreshed=3)


def test_ctrl_c_leaves_no_grant_half_way(crowd, tiktok):
    crowd(200)
    tiktok.latency = 0.01

    def interrupt(tally):
        if tally.refreshed == 10:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        refresh_due(workers=4, progress=interrupt)

    assert due().count() == 200 - len(tiktok.requests) > 0
    assert all(tiktok.bearer(grant.access_token) for grant in Grant.objects.all())


def test_what_goes_wrong_in_a_worker_is_raised(crowd):
    crowd(4)

    def fail(tally):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refresh_due(workers=2, progress=fail)


def test_transaction_around_a_run_is_refused(crowd, tiktok):
    crowd()

    with transaction.atomic(), pytest.raises(RuntimeError):
        refresh_due(workers=1)

    assert tiktok.requests == []


def test_person_is_told_once_however_many_workers(crowd, tiktok, told):
    crowd(20)
    for number in range(20):
        tiktok.remove_app(f"person{number}", "mnsimdrama000001")

    assert refresh_due(workers=8) == Tally(dead=20)
    assert len(told) == 20
    assert not Identity.objects.exclude(state=Identity.State.NEEDS_LOGIN).exists()
