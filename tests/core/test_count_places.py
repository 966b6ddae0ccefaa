"""Counts are written to their tenant's table, and before a server ends the process."""

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


def test_another_tenant_s_due_counts_are_not_written(tenant, later):
    tenant("one")
    refuse()
    later(61)
    tenant("two")
    refuse()
    request_finished.send(sender=None)

    assert written() == []


def test_each_tenant_s_counts_are_written_at_exit(tenant):
    """Here both tenants share one table, so the second count is added to the first."""
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
    """Pretend that uvicorn is loaded, and restore the handler of SIGTERM."""
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
def test_counts_are_written_at_sigterm(server):
    refuse(3)
    terminate()

    assert written() == [3]


def test_server_still_receives_sigterm(server):
    terminate()

    assert server == [signal.SIGTERM]


@pytest.mark.postgres
def test_counts_after_sigterm_are_written_at_the_end_of_their_request(server):
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
def test_counts_are_written_before_the_default_handler_of_sigterm(blocked):
    """The server took over SIGTERM after the app was loaded."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    counts.write_on_sigterm()
    refuse(2)

    signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)

    assert written() == [2]
    assert signal.SIGTERM in signal.sigpending()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_sigterm_ends_the_process_without_counts_too(blocked):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    counts.write_on_sigterm()

    signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)

    assert signal.SIGTERM in signal.sigpending()


def test_handler_of_other_servers_is_not_replaced(monkeypatch):
    monkeypatch.delitem(sys.modules, "uvicorn")
    before = signal.getsignal(signal.SIGTERM)
    counts.write_on_sigterm()

    assert signal.getsignal(signal.SIGTERM) is before


def test_no_handler_is_set_outside_of_the_main_thread(server):
    handler = signal.getsignal(signal.SIGTERM)
    thread = Thread(target=counts.write_on_sigterm)
    thread.start()
    thread.join()

    assert signal.getsignal(signal.SIGTERM) is handler


def test_hurry_makes_counts_due_at_once():
    refuse()
    counts.unwritten.hurry()
    request_finished.send(sender=None)

    assert written() == [1]
