"""``manage.py ttminis_webhooks``: what waits, and another try."""

from __future__ import annotations

import signal
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ttminis_auth.core import batches
from ttminis_auth.models import WebhookDelivery
from ttminis_auth.webhooks import handlers

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    """Run the command; return what it printed, and its error if it ends with one."""

    def call(*args):
        out = StringIO()
        try:
            call_command("ttminis_webhooks", *args, stdout=out)
        except CommandError as error:
            return out.getvalue(), str(error)
        return out.getvalue(), None

    return call


def fail(**kwargs):
    raise LookupError("act.secret")


@pytest.fixture
def failed(deliver, receiver):
    """Two deliveries that failed, and one that did not."""
    receiver(fail)
    for order in (1, 2):
        deliver(event="order", content={"order": order}, create_time=1763800000)
    handlers.webhook_received.disconnect(fail)
    deliver(event="other")
    return list(WebhookDelivery.objects.filter(event="order").order_by("pk"))


def results():
    return list(WebhookDelivery.objects.order_by("pk").values_list("result", flat=True))


@pytest.mark.django_db
def test_nothing_waiting_is_a_success(run):
    assert run() == ("Done: nothing is waiting.\n", None)
    assert run("--run-again") == ("Done: nothing is waiting.\n", None)


def test_failed_deliveries_are_listed_and_end_with_an_error(run, failed):
    first, second = (delivery.pk for delivery in failed)

    shown, error = run()

    when = "2025-11-22 08:26:40 UTC"
    assert shown == (
        f"Delivery {first}: order, {when}: failed LookupError\n"
        f"Delivery {second}: order, {when}: failed LookupError\n"
        "Done: 2 failed.\n"
    )
    assert error.startswith("2 waiting")


def test_listing_changes_nothing(run, failed, heard):
    run()

    assert heard == []
    assert results() == ["failed", "failed", "ignored"]


def test_run_again_handles_what_failed(run, failed, heard):
    shown, error = run("--run-again")

    assert "Done: 2 handled.\n" in shown
    assert error is None
    assert [call["event"].content["order"] for call in heard] == [1, 2]


def test_delivery_that_fails_again_stays_unfinished(run, failed, receiver):
    receiver(fail)

    shown, error = run("--run-again")

    assert "Done: 2 failed." in shown
    assert error.startswith("2 waiting")
    assert "act.secret" not in shown


def test_limit_ends_the_run_early(run, failed):
    run("--run-again", "--limit", "1")

    assert results() == ["ignored", "failed", "ignored"]


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_limit_must_be_a_number_from_one(run, limit):
    assert "from 1" in run(f"--limit={limit}")[1]


def test_only_the_deliveries_that_are_named_are_run(run, failed):
    run("--run-again", str(failed[1].pk))

    assert results() == ["failed", "ignored", "ignored"]


def test_delivery_that_was_handled_is_not_run_again(run, failed, heard):
    done = WebhookDelivery.objects.get(event="other")

    assert run("--run-again", str(done.pk)) == ("Done: nothing is waiting.\n", None)
    assert heard == []


@pytest.mark.parametrize("number", ["0", "x", "1.5", "99999999999999999999"])
def test_number_of_a_delivery_is_a_number(run, number):
    assert "it must be" in run(number)[1]


def test_delivery_that_does_not_exist_is_an_error(run, failed):
    first, other = failed[1].pk + 1000, failed[1].pk + 2000

    shown, error = run("--run-again", str(other), str(failed[0].pk), str(first))

    assert (shown, error) == ("", f"There is no delivery {first}, {other}.")
    assert results() == ["failed", "failed", "ignored"]


def test_delivery_that_is_deleted_meanwhile_ends_no_run(run, failed, receiver):
    def delete_the_other(**kwargs):
        WebhookDelivery.objects.filter(pk=failed[1].pk).delete()

    receiver(delete_the_other)

    shown, error = run("--run-again")

    assert shown.endswith("Done: 1 gone meanwhile, 1 handled.\n")
    assert error is None


def test_deliveries_are_listed_in_a_statement_a_batch(
    run, failed, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(batches, "SIZE", 1)
    with django_assert_num_queries(3):  # each of the two, and none at the end
        run()
    monkeypatch.setattr(batches, "SIZE", 500)
    with django_assert_num_queries(2):
        run()


def test_signal_leaves_the_rest_for_the_next_run(run, failed, receiver):
    receiver(lambda **kwargs: signal.raise_signal(signal.SIGTERM))

    shown, error = run("--run-again")

    assert shown.endswith("Done: 1 handled.\n")
    assert error.startswith("Stopped by SIGTERM")
    assert results() == ["handled", "failed", "ignored"]


def test_delivery_that_a_dead_process_left_behind_is_waiting(run, deliver, heard):
    deliver(event="order")
    heard.clear()
    ago = timezone.now() - timedelta(minutes=2)
    WebhookDelivery.objects.update(result="received", received_at=ago)

    assert "Done: 1 received." in run()[0]
    assert "Done: 1 handled." in run("--run-again")[0]
    assert len(heard) == 1


def test_delivery_that_has_just_come_in_is_left_to_its_process(run, deliver):
    deliver(event="order")
    WebhookDelivery.objects.update(result="received")

    assert run() == ("Done: nothing is waiting.\n", None)
