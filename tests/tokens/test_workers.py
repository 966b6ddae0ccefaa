"""Several workers in one process, which takes a database that locks rows."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import current_thread, main_thread
from threading import enumerate as threads

import pytest

from tests.databases import atomic
from tests.fixtures import GAME
from tests.grants import access
from tests.tokens.processes import backends, eventually
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens import refresh_all
from ttminis_auth.tokens.refresh_all import End, RefreshReport, due, refresh_due

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_workers_share_the_work(crowd, tiktok):
    crowd(40)
    tiktok.order_fault("slow", times=4, seconds=30)
    seen = set()

    def answer_all_four():
        eventually(lambda: len(tiktok.requests) == 4)
        tiktok.release()

    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answer_all_four)
        report = refresh_due(
            workers=4, progress=lambda report: seen.add(current_thread())
        )
        answering.result()

    assert report == RefreshReport(refreshed=40)
    assert len(tiktok.requests) == 40
    assert len(seen) == 4
    assert main_thread() not in seen


def test_workers_leave_no_thread_and_no_connection_behind(crowd):
    crowd(8)
    before = backends()

    refresh_due(workers=4)

    assert not [thread for thread in threads() if "ttminis" in thread.name]
    # PostgreSQL needs a moment to notice that a client is gone.
    eventually(lambda: backends() <= before)


def test_more_workers_than_connections_are_never_started(crowd, tiktok_server):
    crowd(50)
    before = tiktok_server.connections

    refresh_due(workers=500)

    assert tiktok_server.connections - before <= 32


def test_row_that_another_holds_is_passed_over(crowd):
    held, _ = crowd(2)

    with atomic():
        Grant.objects.select_for_update().get(pk=held.pk)
        report = refresh_due(workers=2)

    assert report == RefreshReport(refreshed=1)
    assert list(due()) == [held]


def test_outage_holds_all_workers_back(crowd, tiktok, clock):
    crowd(40)
    tiktok.order_fault("server_error", times=1000)

    report = refresh_due(workers=8)

    assert report.end is End.OUTAGE
    # Eight were under way when it began; from then on one tried at a time.
    assert len(tiktok.requests) <= 8 + 6
    assert due().count() == 40


def test_refused_app_is_given_up_by_all(crowd, tiktok, settings):
    drama = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0]
    game = {"client_id": GAME, "secret": "wrong", "name": "Game"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}
    crowd(50, app=GAME)
    crowd(20)

    report = refresh_due(workers=4)

    assert report == RefreshReport(refreshed=20, refused_apps=(GAME,))
    assert len(tiktok.requests) <= 20 + 4


def test_limit_is_shared(crowd, tiktok):
    crowd(30)

    assert refresh_due(workers=4, limit=10) == RefreshReport(
        refreshed=10, end=End.LIMIT
    )
    assert len(tiktok.requests) == 10


def test_limit_beyond_what_is_there_is_no_end(crowd):
    crowd(3)

    assert refresh_due(workers=8, limit=10) == RefreshReport(refreshed=3)


@pytest.fixture
def _heeding_ctrl_c():
    """A shell that has the suite run in the background lets it ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeding_ctrl_c")
def test_ctrl_c_leaves_no_grant_half_way(crowd, tiktok):
    crowd(200)
    # Slow enough for Ctrl-C to come long before the end, however busy the machine is.
    tiktok.latency = 0.05

    def interrupt(report):
        if report.refreshed == 10:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        refresh_due(workers=4, progress=interrupt)

    assert due().count() == 200 - len(tiktok.requests) > 0
    assert all(tiktok.bearer(access(grant)) for grant in Grant.objects.all())


def test_ctrl_c_stops_the_command_while_workers_start(crowd, tiktok, monkeypatch):
    crowd(40)
    tiktok.latency = 0.05

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *args):
            if tiktok.requests:
                raise KeyboardInterrupt
            sweep = super().submit(*args)
            eventually(lambda: tiktok.requests)
            return sweep

    monkeypatch.setattr(refresh_all, "ThreadPoolExecutor", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        refresh_due(workers=4)

    assert due().count() == 40 - len(tiktok.requests) > 0


def test_error_in_a_worker_is_raised(crowd):
    crowd(4)

    def fail(report):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refresh_due(workers=2, progress=fail)


def test_transaction_around_a_run_is_refused(crowd, tiktok):
    crowd()

    with atomic(), pytest.raises(RuntimeError):
        refresh_due(workers=1)

    assert tiktok.requests == []


def test_signal_is_sent_once_however_many_workers(crowd, tiktok, signalled):
    crowd(20)
    for number in range(20):
        tiktok.remove_app(f"person{number}", "mnsimdrama000001")

    assert refresh_due(workers=8) == RefreshReport(dead=20)
    assert len(signalled) == 20
    assert not Identity.objects.exclude(state=Identity.State.NEEDS_LOGIN).exists()
