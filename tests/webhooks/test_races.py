"""Deliveries at once, with real threads; see ``tests/login/test_races.py``."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock

import pytest
from django.db.models.signals import post_save
from django.test import Client

from tests.databases import connection
from tests.waiting import until_somebody_waits
from ttminis_auth.models import Identity, WebhookDelivery
from ttminis_auth.webhooks import handlers

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CROWD = 20


def all_at_once(act, number=CROWD):
    """Call ``act`` with 0, 1, 2 … in threads that start together."""
    barrier = Barrier(number)

    def run(index):
        try:
            barrier.wait()
            return act(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.fixture
def counted(receiver):
    """How often a receiver, which takes its time, was called."""
    calls, lock = [], Lock()

    def count(delivery, **kwargs):
        with lock:
            calls.append(delivery.pk)
        time.sleep(0.05)

    receiver(count)
    return calls


@pytest.mark.parametrize("apart", [0, 60], ids=["same signature", "signed anew"])
def test_twenty_deliveries_of_one_event_are_handled_once(deliver, counted, apart):
    now = time.time()

    def send(index):
        return deliver(event="new", create_time=1, at=now - apart * index, by=Client())

    answers = all_at_once(send)

    assert [answer.status_code for answer in answers] == [200] * CROWD
    assert len(counted) == WebhookDelivery.objects.count() == 1
    assert WebhookDelivery.objects.get().result == "handled"


def test_twenty_events_at_once_are_each_handled(deliver, counted):
    def send(index):
        return deliver(event="new", content={"order": index}, by=Client())

    all_at_once(send)

    assert len(counted) == WebhookDelivery.objects.count() == CROWD
    assert not WebhookDelivery.objects.unfinished().exists()


def test_failed_delivery_that_many_run_again_is_handled_once(deliver, counted):
    deliver(event="new")
    WebhookDelivery.objects.update(result="failed")
    counted.clear()

    all_at_once(lambda index: handlers.handle(WebhookDelivery.objects.get()))

    assert len(counted) == 1
    assert WebhookDelivery.objects.get().result == "handled"


def test_twenty_removals_at_once_end_as_one(remove, identity):
    now = int(time.time())

    def send(index):
        return remove(reason=index % 5, create_time=now, by=Client())

    answers = all_at_once(send)

    assert [answer.status_code for answer in answers] == [200] * CROWD
    assert Identity.objects.get().state == Identity.State.REMOVED
    assert not WebhookDelivery.objects.unfinished().exists()


def test_failure_does_not_hide_that_another_process_succeeded(remove, deliver):
    """The first rolls back while the second waits for the row, and then succeeds."""
    begun, calls = Event(), []

    def fail_once(created, **kwargs):
        calls.extend([] if created else [kwargs])
        if len(calls) == 1:
            begun.set()
            until_somebody_waits()
            raise LookupError

    def send(index):
        if index:
            begun.wait()
            handlers.handle(WebhookDelivery.objects.get())
        else:
            remove(by=Client())

    post_save.connect(fail_once, sender=WebhookDelivery)
    try:
        all_at_once(send, 2)
    finally:
        post_save.disconnect(fail_once, sender=WebhookDelivery)

    assert WebhookDelivery.objects.get().result == "handled"
    assert len(calls) == 2
