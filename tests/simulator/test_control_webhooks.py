"""The part of the control page that tells apps what happened."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.simulator.conftest import CREDENTIALS, DRAMA, GAME, Api, Receiver
from tests.simulator.test_control_page import press, url
from ttminis_auth.simulator.world import World

HOUR = 3600
NOWHERE = "http://127.0.0.1:9/webhook/"


@pytest.fixture
def page(client: Client, tiktok: World) -> Any:
    """Load the page and return its text."""
    return lambda: client.get(url("control")).content.decode()


@pytest.fixture
def send(client: Client, receiver: Receiver) -> Any:
    """Send the usual webhook about Mia, with other fields as keywords."""

    def send(**fields: str) -> Any:
        usual = {"app": DRAMA, "event": "removed-1", "person": "mia"}
        return press(client, "send_webhook", **{**usual, "variant": "honest", **fields})

    return send


# --- addresses


def test_address_can_be_set(client: Client, tiktok: World, page: Any) -> None:
    answer = press(client, "set_webhook_url", client_key=DRAMA, url=NOWHERE)
    assert answer.url == url("control") + "#webhooks"
    assert tiktok.webhook_url(DRAMA) == NOWHERE
    assert f'value="{NOWHERE}"' in page()


def test_address_can_be_taken_away(client: Client, tiktok: World) -> None:
    tiktok.set_webhook_url(DRAMA, NOWHERE)
    press(client, "set_webhook_url", client_key=DRAMA, url="")
    assert tiktok.webhook_url(DRAMA) is None


@pytest.mark.parametrize("typed", ["ftp://example.com/", "javascript:alert(1)", "x"])
def test_address_that_is_not_of_the_web_is_explained(
    client: Client, tiktok: World, typed: str
) -> None:
    answer = press(client, "set_webhook_url", client_key=GAME, url=typed)
    assert answer.status_code == 400
    assert answer.content.decode().count("errorlist") == 1
    assert f'value="{typed}"' in answer.content.decode()
    assert tiktok.webhook_url(GAME) is None


def test_address_of_an_unknown_app_is_refused(client: Client, tiktok: World) -> None:
    answer = press(client, "set_webhook_url", client_key="stranger", url=NOWHERE)
    assert answer.status_code == 400


# --- sending


@pytest.mark.parametrize("reason", range(6))
def test_every_reason_can_be_sent(send: Any, receiver: Receiver, reason: int) -> None:
    answer = send(event=f"removed-{reason}")
    (arrival,) = receiver.arrivals
    assert answer.url == url("control") + "#webhooks"
    assert arrival.payload["event"] == "authorization.removed"
    assert arrival.payload["content"] == {"reason": reason}


@pytest.mark.parametrize("person", ["mia", "noah"])
def test_webhook_is_about_the_chosen_person(
    send: Any, receiver: Receiver, tiktok: World, person: str
) -> None:
    send(person=person)
    assert receiver.arrivals[0].payload["user_openid"] == tiktok.open_id(person, DRAMA)


def test_payment_names_no_user(send: Any, receiver: Receiver) -> None:
    send(event="paid")
    (arrival,) = receiver.arrivals
    assert arrival.payload["event"] == "minis.trade_order.redeem.success"
    assert arrival.payload["user_openid"] == ""
    assert arrival.payload["content"]["is_sandbox"] is True


def test_unknown_event_can_be_sent(send: Any, receiver: Receiver) -> None:
    send(event="unknown")
    assert receiver.arrivals[0].payload["event"] == "minis.unknown.event"


@pytest.mark.parametrize("variant", ["tampered", "forged"])
def test_variant_does_not_fit_its_signature(
    send: Any, receiver: Receiver, variant: str
) -> None:
    send(variant=variant)
    with pytest.raises(AssertionError):
        receiver.arrivals[0].signed_at()


@pytest.mark.parametrize(
    ("variant", "happened", "signed"),
    [("honest", 0, 0), ("late", 74 * HOUR, 74 * HOUR), ("old", HOUR, 0)],
)
def test_variant_is_of_its_time(
    send: Any,
    receiver: Receiver,
    tiktok: World,
    variant: str,
    happened: int,
    signed: int,
) -> None:
    tiktok.clock = lambda: 1_700_000_000
    send(variant=variant)
    (arrival,) = receiver.arrivals
    assert 1_700_000_000 - arrival.payload["create_time"] == happened
    assert 1_700_000_000 - arrival.signed_at() == signed


def test_app_without_address_is_not_sent_to(send: Any, receiver: Receiver) -> None:
    answer = send(app=GAME)
    assert answer.status_code == 400
    assert "This app has no webhook address yet." in answer.content.decode()
    assert receiver.arrivals == []


@pytest.mark.parametrize("field", ["app", "event", "person", "variant"])
def test_choice_that_is_not_offered_is_refused(
    send: Any, receiver: Receiver, field: str
) -> None:
    assert send(**{field: "stranger"}).status_code == 400
    assert receiver.arrivals == []


# --- what came of it


def test_delivery_is_shown_with_its_answer(
    send: Any, page: Any, receiver: Receiver
) -> None:
    receiver.status = 418
    send(variant="tampered", event="removed-4")
    text = page()
    assert "Drama, about Mia; the account was banned; tampered with" in text
    assert "<td>418</td>" in text


def test_delivery_without_an_answer_is_shown(
    page: Any, send: Any, tiktok: World
) -> None:
    tiktok.set_webhook_url(DRAMA, NOWHERE)
    send(event="paid")
    text = page()
    assert "Drama, about no user" in text
    assert "<td>no answer</td>" in text


def test_newest_deliveries_are_shown(page: Any, tiktok: World) -> None:
    for _ in range(25):
        tiktok.send_webhook(DRAMA, "paid", url=NOWHERE)
    numbers = [int(n) for n in re.findall(r'name="number" value="(\d+)"', page())]
    assert numbers == [each.number for each in tiktok.deliveries[:-21:-1]]


def test_delivery_can_be_replayed(
    client: Client, send: Any, tiktok: World, receiver: Receiver
) -> None:
    send()
    answer = press(client, "replay", number=tiktok.deliveries[0].number)
    first, second = receiver.arrivals
    assert answer.url == url("control") + "#webhooks"
    assert first.body == second.body


@pytest.mark.parametrize("number", ["0", "999999", "", "one", "²"])
def test_replay_of_nothing_known_is_refused(
    client: Client, tiktok: World, number: str
) -> None:
    assert press(client, "replay", number=number).status_code == 400


def test_removal_says_what_was_sent_and_answered(
    client: Client, receiver: Receiver, tokens: dict[str, Any]
) -> None:
    receiver.status = 202
    answer = press(client, "remove_app", handle="mia", client_key=DRAMA)
    text = client.get(answer.url).content.decode()
    assert "Drama was sent authorization.removed for Mia. Answer: 202." in text


def test_page_shows_no_signature(
    page: Any, send: Any, receiver: Receiver, api: Api
) -> None:
    send()
    signature = receiver.arrivals[0].headers["TikTok-Signature"]
    assert signature.partition("s=")[2] not in page()
    assert CREDENTIALS["client_secret"] not in page()
