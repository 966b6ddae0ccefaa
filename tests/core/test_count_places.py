"""Counts are written where they belong, and before a server ends the process."""

import os
import signal
import sys
import threading
from threading import Thread

import pytest
from django.core.signals import request_finished

from tests.core.test_count_writing import _same_day as _same_day  # a fixture
from tests.core.test_count_writing import later as later
from tests.databases import connection
from tests.fixtures import DRAMA
from ttminis_auth.core import counts
from ttminis_auth.errors import CodeRejected
from ttminis_auth.models import DailyCount

pytestmark = pytest.mark.django_db(transaction=True)


def refuse(times=1):
    for _ in range(times):
        counts.refused(CodeRejected(), DRAMA)


def written():
    return [row.count for row in DailyCount.objects.order_by("pk")]


# Tenants.


@pytest.fixture
def tenant():
    """Switch the connection to a tenant's schema, as django-tenants does."""

    def switch(schema):
        connection.schema_name = schema

    connection.set_schema = switch
    yield switch
    del connection.set_schema
    del connection.schema_name


def test_one_tenant_s_counts_are_not_written_for_another(tenant):
    tenant("one")
    refuse()
    tenant("two")
    counts.write()

    assert written() == []
    tenant("one")
    counts.write()
    assert written() == [1]


def test_another_tenant_s_overdue_counts_make_no_request_write(tenant, later):
    tenant("one")
    refuse()
    later(61)
    tenant("two")
    refuse()
    request_finished.send(sender=None)

    assert written() == []


def test_at_the_end_each_tenant_s_counts_are_written(tenant):
    """To the table of each; here they share one, so the second adds to it."""
    tenant("one")
    refuse(2)
    tenant("two")
    refuse(3)
    tenant("public")
    counts._write_last()

    assert written() == [5]


def test_counts_of_all_tenants_are_bounded_together(tenant, monkeypatch):
    monkeypatch.setattr(counts, "MOST_KEYS", 1)
    for schema in ("one", "two"):
        tenant(schema)
        refuse(2)

    assert counts.unwritten.counts.total() == 2


# The end of the process.


@pytest.fixture(autouse=True)
def _same_handler(monkeypatch):
    """Take uvicorn for loaded, and put back what handles SIGTERM."""
    monkeypatch.setitem(sys.modules, "uvicorn", object())
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def server():
    """A server that took over SIGTERM before it loaded the app."""
    received = []
    signal.signal(signal.SIGTERM, lambda *args: received.append(args[0]))
    counts.write_on_sigterm()
    return received


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)
    for thread in threading.enumerate():
        if thread.name.endswith("(_write_before_the_end)"):
            thread.join()


@pytest.mark.postgres
def test_counts_are_written_when_the_server_is_asked_to_end(server):
    refuse(3)
    terminate()

    assert written() == [3]


def test_server_still_hears_of_its_end(server):
    terminate()

    assert server == [signal.SIGTERM]


@pytest.mark.postgres
def test_requests_that_finish_after_that_are_counted_too(server):
    terminate()
    refuse()
    request_finished.send(sender=None)

    assert written() == [1]


@pytest.fixture
def blocked():
    """Keep SIGTERM from ending this process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    yield
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # forgets what is pending
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


@pytest.mark.postgres
def test_server_that_gives_the_signal_back_ends_by_it_after_the_writing(blocked):
    """It took over SIGTERM after the app was loaded."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    counts.write_on_sigterm()
    refuse(2)

    signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)

    assert written() == [2]
    assert signal.SIGTERM in signal.sigpending()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signal_that_is_given_back_ends_the_process(blocked):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    counts.write_on_sigterm()

    signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)

    assert signal.SIGTERM in signal.sigpending()


def test_other_servers_keep_their_handler(monkeypatch):
    monkeypatch.delitem(sys.modules, "uvicorn")
    before = signal.getsignal(signal.SIGTERM)
    counts.write_on_sigterm()

    assert signal.getsignal(signal.SIGTERM) is before


def test_thread_that_may_set_no_handler_sets_none(server):
    handler = signal.getsignal(signal.SIGTERM)
    thread = Thread(target=counts.write_on_sigterm)
    thread.start()
    thread.join()

    assert signal.getsignal(signal.SIGTERM) is handler


def test_due_counts_are_due_at_once_when_hurried():
    refuse()
    counts.unwritten.hurry()
    request_finished.send(sender=None)

    assert written() == [1]
