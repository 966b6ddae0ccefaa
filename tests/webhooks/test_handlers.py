"""Each event is recorded once and handled once, whatever goes wrong."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db.models.signals import post_save, pre_save

from tests.databases import connection, on_commit
from tests.fixtures import DRAMA
from tests.webhooks.conftest import HOUR, packed, signed
from ttminis_auth.models import Identity, WebhookDelivery
from ttminis_auth.signals import authorization_removed
from ttminis_auth.webhooks import handlers

pytestmark = pytest.mark.django_db

PAYMENT = {
    "event": "minis.trade_order.redeem.success",
    "content": {"trade_order_id": "7", "is_sandbox": False},
}
SECRET_TEXT = "act.secret-of-a-receiver"


class Died(BaseException):
    """The process was killed."""


def delivery():
    return WebhookDelivery.objects.get()


def outcome():
    return delivery().result, delivery().error


def fail(**kwargs):
    raise LookupError(SECRET_TEXT)


def die(**kwargs):
    raise Died


# What is recorded, and what receivers hear.


def test_event_is_stored_as_tiktok_sent_it(deliver):
    at = int(time.time()) - HOUR

    deliver(**PAYMENT, user_openid="open-mia", create_time=at)

    stored = delivery()
    assert (stored.client_key, stored.event) == (DRAMA, PAYMENT["event"])
    assert stored.create_time == datetime.fromtimestamp(at, UTC)
    assert (stored.user_openid, stored.content) == ("open-mia", PAYMENT["content"])


def test_receivers_hear_of_a_payment(deliver, heard):
    deliver(**PAYMENT)

    (call,) = heard
    assert call["sender"] is WebhookDelivery
    assert call["event"].event == PAYMENT["event"]
    assert call["event"].content == PAYMENT["content"]
    assert (call["identity"], call["delivery"]) == (None, delivery())
    assert outcome() == ("handled", "")


def test_receivers_get_the_identity(deliver, identity, heard):
    deliver(**PAYMENT, user_openid=identity.open_id)

    assert heard[0]["identity"] == identity
    assert heard[0]["event"].user_openid == identity.open_id


def test_open_id_of_another_app_is_another_identity(deliver, identity, heard):
    Identity.objects.update(client_key="mnother000000009")

    deliver(**PAYMENT, user_openid=identity.open_id)

    assert heard[0]["identity"] is None


def test_event_without_a_receiver_is_stored(deliver):
    assert deliver(event="video.upload.failed").status_code == 200
    assert outcome() == ("ignored", "")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "\\u0000", '{"a":"\\u0000\\ud800"}']
)
def test_event_with_a_strange_content_is_kept(post, content):
    body = json.dumps(
        {"client_key": DRAMA, "event": "new", "content": content}
    ).encode()

    assert post(body, signed(body)).status_code == 200
    assert WebhookDelivery.objects.count() == 1


def test_delivery_is_shown_as_event_and_app(deliver):
    deliver(**PAYMENT)

    assert str(delivery()) == f"{PAYMENT['event']} ({DRAMA})"


# Repetitions.


def test_repetition_does_nothing(deliver, heard):
    assert deliver(**PAYMENT, create_time=1).status_code == 200
    assert deliver(**PAYMENT, create_time=1).status_code == 200

    assert len(heard) == WebhookDelivery.objects.count() == 1


def test_retry_that_is_signed_anew_is_a_repetition(deliver, heard):
    for hours in (72, 40, 0):
        deliver(**PAYMENT, create_time=1, at=time.time() - hours * HOUR)

    assert len(heard) == 1


def test_retry_that_is_written_anew_is_a_repetition(post, heard):
    body = packed(**PAYMENT)
    anew = json.dumps(dict(reversed(json.loads(body).items())), indent=1).encode()

    post(body, signed(body))
    post(anew, signed(anew))

    assert len(heard) == 1


def test_two_payments_in_one_second_are_two(deliver, heard):
    for order in ("7", "8"):
        deliver(event=PAYMENT["event"], content={"order": order}, create_time=1)

    assert len(heard) == WebhookDelivery.objects.count() == 2


def test_retry_makes_good_for_a_process_that_died(deliver, receiver, heard):
    receiver(die)
    with pytest.raises(Died):
        deliver(**PAYMENT, create_time=1)
    assert outcome() == ("received", "")
    heard.clear()
    handlers.webhook_received.disconnect(die)

    deliver(**PAYMENT, create_time=1)

    assert outcome() == ("handled", "")
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_record_outlasts_a_request_that_fails(deliver, receiver, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    receiver(die)

    with pytest.raises(Died):
        deliver(**PAYMENT)

    assert outcome() == ("received", "")


# Receivers that fail.


def test_failing_receiver_is_recorded_and_answered_with_200(deliver, receiver):
    receiver(fail)

    assert deliver(**PAYMENT).status_code == 200
    assert outcome() == ("failed", "LookupError")
    assert delivery().handled_at


def test_failing_receiver_undoes_what_receivers_did(deliver, receiver, local_user):
    def rename(**kwargs):
        type(local_user).objects.update(username="renamed")

    receiver(rename)
    receiver(fail)
    deliver(**PAYMENT)

    local_user.refresh_from_db()
    assert local_user.username == "olga"


def test_failing_receiver_does_not_bring_tokens_back(remove, receiver, identity):
    receiver(fail)

    remove()

    assert outcome() == ("failed", "LookupError")
    assert not identity.grants.active().exists()


def test_broken_statement_of_a_receiver_is_its_own(remove, receiver, identity):
    def break_off(**kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")

    receiver(break_off)
    remove()

    assert outcome()[0] == "failed"
    assert not identity.grants.active().exists()


@pytest.mark.parametrize(
    ("signal", "sender"),
    [(handlers.webhook_received, WebhookDelivery), (pre_save, get_user_model())],
)
def test_failure_is_logged_with_its_place_and_without_its_words(
    remove, everything_logged, settings, signal, sender
):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}
    signal.connect(fail, sender=sender)
    try:
        remove()
    finally:
        signal.disconnect(fail, sender=sender)

    logged = everything_logged()
    assert "LookupError" in logged
    assert "test_handlers.py" in logged
    assert SECRET_TEXT not in logged


def test_receiver_that_watches_identities_keeps_no_token_alive(remove, identity):
    post_save.connect(fail, sender=Identity)
    try:
        assert remove().status_code == 200
    finally:
        post_save.disconnect(fail, sender=Identity)

    assert outcome() == ("handled", "")
    assert not identity.grants.active().exists()


# After the commit.


@pytest.mark.django_db(transaction=True)
def test_failure_after_the_commit_is_recorded_too(deliver, receiver):
    """Such as a task queue that is away. What the receiver stored is stored."""
    receiver(lambda **kwargs: on_commit(fail))

    assert deliver(**PAYMENT).status_code == 200
    assert outcome() == ("handled", "LookupError")


@pytest.mark.django_db(transaction=True)
def test_order_that_is_booked_is_not_booked_again(deliver, receiver, local_user):
    """Its receiver committed. Then what it left for after the commit failed."""

    def book(**kwargs):
        type(local_user).objects.create_user(
            f"order-{type(local_user).objects.count()}"
        )
        on_commit(fail)

    receiver(book)
    deliver(**PAYMENT)
    call_command("ttminis_webhooks", "--run-again", stdout=StringIO())
    handlers.run_again(delivery())

    assert type(local_user).objects.filter(username__startswith="order").count() == 1


@pytest.mark.django_db(transaction=True)
def test_delivery_that_another_process_claimed_first_is_left_to_it(remove, heard):
    """It came while the tokens were ended here."""

    def overtake(**kwargs):
        handlers.handle(delivery())

    authorization_removed.connect(overtake)
    try:
        remove()
    finally:
        authorization_removed.disconnect(overtake)

    assert outcome() == ("handled", "")
    assert len(heard) == 1


# What follows a removal.


@pytest.fixture
def deactivating(settings):
    """A removal is to deactivate the user, which the project makes impossible."""
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}
    pre_save.connect(fail, sender=get_user_model())
    yield
    pre_save.disconnect(fail, sender=get_user_model())


def test_action_that_fails_keeps_no_token_alive(remove, identity, deactivating):
    assert remove().status_code == 200

    assert outcome() == ("failed", "deactivate: LookupError")
    assert not identity.grants.active().exists()
    assert Identity.objects.get().state == Identity.State.REMOVED


def test_action_that_failed_is_done_when_it_is_run_again(
    remove, deactivating, heard, receiver
):
    remove()
    assert heard == []  # or the receivers would be called twice
    pre_save.disconnect(fail, sender=get_user_model())

    handlers.handle(delivery())

    assert outcome() == ("handled", "")
    assert len(heard) == 1
    assert not get_user_model().objects.get().is_active


# Run again.


def test_failed_delivery_can_be_run_again(remove, receiver, identity, heard):
    receiver(fail)
    remove()
    handlers.webhook_received.disconnect(fail)
    heard.clear()

    handlers.handle(delivery())

    assert outcome() == ("handled", "")
    assert heard[0]["event"].removal_reason == 1
    assert heard[0]["identity"] == identity


def test_repetition_of_a_failed_one_leaves_it_to_the_operator(deliver, receiver, heard):
    receiver(fail)
    deliver(**PAYMENT, create_time=1)
    deliver(**PAYMENT, create_time=1)

    assert len(heard) == 1


def test_rerun_sends_the_same_event(deliver, receiver, heard):
    receiver(fail)
    deliver(**PAYMENT)
    handlers.handle(delivery())

    first, again = (call["event"] for call in heard)
    assert again == first


def test_delivery_that_was_handled_meanwhile_is_left_alone(deliver, heard):
    deliver(**PAYMENT)
    stale = delivery()
    stale.result = "failed"

    handlers.handle(stale)

    assert stale.result == "handled"
    assert len(heard) == 1
