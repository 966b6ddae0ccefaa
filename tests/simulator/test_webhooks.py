"""What TikTok tells an app unasked, and what a test can do to it on its way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.conftest import CREDENTIALS, DRAMA, GAME, Api, Receiver, verify
from ttminis_auth.simulator import webhooks
from ttminis_auth.simulator.messenger import REMEMBERED_DELIVERIES
from ttminis_auth.simulator.webhooks import PAID, REASONS, REMOVED
from ttminis_auth.simulator.world import World

SECRET = CREDENTIALS["client_secret"]
NOWHERE = "http://127.0.0.1:9/webhook/"


def read(body: bytes, headers: dict[str, str], secret: str = SECRET) -> dict[str, Any]:
    """Verify a forged webhook and return what it says, with ``signed_at``."""
    payload: dict[str, Any] = json.loads(body)
    return {**payload, "signed_at": verify(body, headers["TikTok-Signature"], secret)}


@pytest.fixture
def five_o_clock(tiktok: World) -> int:
    tiktok.clock = lambda: 1_700_000_000.75
    return 1_700_000_000


# --- forging


def test_envelope_has_the_documented_fields(tiktok: World, five_o_clock: int) -> None:
    body, _ = tiktok.forge_webhook(DRAMA, REMOVED, handle="mia", content={"reason": 1})
    assert json.loads(body) == {
        "client_key": DRAMA,
        "event": "authorization.removed",
        "create_time": five_o_clock,
        "user_openid": tiktok.open_id("mia", DRAMA),
        "content": '{"reason": 1}',
    }


def test_signature_is_what_openssl_makes_of_it() -> None:
    # printf '1633174587.{"event":"x"}' | openssl dgst -sha256 -hmac secret
    headers = webhooks.sign(b'{"event":"x"}', "secret", 1633174587)
    assert headers["TikTok-Signature"] == (
        "t=1633174587,"
        "s=ee1ac433758f6b00bc2f10a662de074060c1fca26558abe3f7758e478c105874"
    )


@pytest.mark.parametrize("client_key", [DRAMA, GAME])
def test_app_signs_with_its_own_secret(tiktok: World, client_key: str) -> None:
    body, headers = tiktok.forge_webhook(client_key, REMOVED)
    secret = tiktok.app(client_key).client_secret
    assert read(body, headers, secret)["client_key"] == client_key


def test_signature_and_event_are_of_now(tiktok: World, five_o_clock: int) -> None:
    payload = read(*tiktok.forge_webhook(DRAMA, REMOVED))
    assert (payload["signed_at"], payload["create_time"]) == (
        five_o_clock,
        five_o_clock,
    )


def test_signature_and_event_can_be_of_another_time(tiktok: World) -> None:
    payload = read(*tiktok.forge_webhook(DRAMA, REMOVED, create_time=3, signed_at=0))
    assert (payload["signed_at"], payload["create_time"]) == (0, 3)


def test_webhook_without_a_user_has_an_empty_open_id(tiktok: World) -> None:
    assert read(*tiktok.forge_webhook(DRAMA, PAID))["user_openid"] == ""


def test_people_need_not_exist(tiktok: World) -> None:
    payload = read(*tiktok.forge_webhook(DRAMA, REMOVED, user_openid="-000nobody"))
    assert payload["user_openid"] == "-000nobody"


def test_content_that_is_no_json_is_sent_as_it_is(tiktok: World) -> None:
    assert read(*tiktok.forge_webhook(DRAMA, PAID, content="{br"))["content"] == "{br"


def test_tampered_webhook_no_longer_fits_its_signature(tiktok: World) -> None:
    honest, _ = tiktok.forge_webhook(DRAMA, REMOVED, handle="mia", create_time=1)
    body, headers = tiktok.forge_webhook(
        DRAMA, REMOVED, handle="mia", create_time=1, tamper=True
    )
    assert json.loads(body).keys() == json.loads(honest).keys()
    with pytest.raises(AssertionError):
        read(body, headers)


def test_wrong_secret_makes_a_wrong_signature(tiktok: World) -> None:
    forged = tiktok.forge_webhook(DRAMA, REMOVED, secret="wrong")
    assert read(*forged, secret="wrong")
    with pytest.raises(AssertionError):
        read(*forged)


def test_any_bytes_can_be_signed(tiktok: World) -> None:
    headers = tiktok.sign_webhook(DRAMA, b"\xff no json", signed_at=7)
    assert verify(b"\xff no json", headers["TikTok-Signature"], SECRET) == 7


@pytest.mark.parametrize("names", [("stranger", None), (DRAMA, "stranger")])
def test_strangers_are_not_forged_for(tiktok: World, names: Any) -> None:
    with pytest.raises(KeyError):
        tiktok.forge_webhook(names[0], REMOVED, handle=names[1])


def echo(request: HttpRequest) -> HttpResponse:
    verify(request.body, request.headers["TikTok-Signature"], SECRET)
    return HttpResponse(request.headers["Content-Type"])


urlpatterns = [path("webhook/", echo)]


@pytest.mark.urls(__name__)
def test_forged_webhook_fits_the_test_client(client: Client, tiktok: World) -> None:
    body, headers = tiktok.forge_webhook(DRAMA, REMOVED, handle="mia")
    answer = client.post(
        "/webhook/", body, content_type="application/json", headers=headers
    )
    assert answer.content == b"application/json"


# --- sending


def test_webhook_arrives_signed_at_the_address_of_the_app(
    tiktok: World, receiver: Receiver
) -> None:
    tiktok.send_webhook(DRAMA, REMOVED, handle="mia", content={"reason": 4})
    (arrival,) = receiver.arrivals
    assert arrival.signed_at() == arrival.payload["create_time"]
    assert arrival.payload["content"] == {"reason": 4}
    assert arrival.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [200, 204, 302, 400, 500])
def test_status_of_the_answer_is_returned(
    tiktok: World, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    assert tiktok.send_webhook(DRAMA, PAID) == status


def test_webhook_can_go_elsewhere(tiktok: World, receiver: Receiver) -> None:
    tiktok.send_webhook(GAME, PAID, url=receiver.url)
    assert [arrival.payload["client_key"] for arrival in receiver.arrivals] == [GAME]


def test_closed_port_gives_no_answer(tiktok: World) -> None:
    assert tiktok.send_webhook(DRAMA, PAID, url=NOWHERE) is None
    assert [delivery.status for delivery in tiktok.deliveries] == [None]


def test_webhook_without_an_answer_times_out(
    tiktok: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.05)
    # Taken now: a receiver that is late would wait for the release after ours.
    released = tiktok.released
    receiver.meanwhile = lambda: released.wait(10)
    assert tiktok.send_webhook(DRAMA, PAID) is None
    tiktok.release()


def test_app_without_address_gets_no_webhook(tiktok: World) -> None:
    with pytest.raises(ValueError, match="no webhook address"):
        tiktok.send_webhook(DRAMA, PAID)


def test_receiver_may_ask_tiktok_before_it_answers(
    tiktok: World, receiver: Receiver, api: Api
) -> None:
    # The lock is free while a webhook is on its way: otherwise this would wait until
    # TikTok had lost its patience.
    receiver.meanwhile = lambda: api.exchange("no-code")
    assert tiktok.send_webhook(DRAMA, PAID) == 200
    assert tiktok.count("token", status=400) == 1


def test_deliveries_are_remembered(tiktok: World, receiver: Receiver) -> None:
    receiver.status = 503
    tiktok.send_webhook(DRAMA, REMOVED, handle="mia", note="first")
    (delivery,) = tiktok.deliveries
    assert (delivery.client_key, delivery.event) == (DRAMA, REMOVED)
    assert (delivery.handle, delivery.url) == ("mia", receiver.url)
    assert (delivery.status, delivery.note) == (503, "first")


def test_old_deliveries_are_forgotten_in_the_end(tiktok: World) -> None:
    for _ in range(REMEMBERED_DELIVERIES + 1):
        tiktok.send_webhook(DRAMA, PAID, url=NOWHERE)
    assert len(tiktok.deliveries) == REMEMBERED_DELIVERIES


def test_signature_is_not_in_the_repr(tiktok: World, receiver: Receiver) -> None:
    tiktok.send_webhook(DRAMA, REMOVED, handle="mia")
    shown = repr(tiktok.deliveries)
    assert "TikTok-Signature" not in shown
    assert tiktok.open_id("mia", DRAMA) not in shown


def test_replay_is_the_same_byte_by_byte(tiktok: World, receiver: Receiver) -> None:
    tiktok.send_webhook(DRAMA, REMOVED, handle="mia", signed_at=1)
    number = tiktok.deliveries[0].number
    assert tiktok.replay_webhook(number) == 200
    first, second = receiver.arrivals
    assert (first.body, first.signed_at()) == (second.body, second.signed_at())
    assert tiktok.deliveries[1].note == f"replay of {number}"


def test_forgotten_delivery_cannot_be_replayed(
    tiktok: World, receiver: Receiver
) -> None:
    tiktok.send_webhook(DRAMA, PAID)
    number = tiktok.deliveries[0].number
    tiktok.reset()
    with pytest.raises(KeyError):
        tiktok.replay_webhook(number)


def test_number_is_not_given_twice(tiktok: World) -> None:
    numbers = []
    for _ in range(2):
        tiktok.reset()
        tiktok.send_webhook(DRAMA, PAID, url=NOWHERE)
        numbers.append(tiktok.deliveries[0].number)
    assert numbers[0] < numbers[1]


def test_delivery_of_a_forgotten_world_is_not_noted(
    tiktok: World, receiver: Receiver
) -> None:
    receiver.meanwhile = tiktok.reset
    tiktok.send_webhook(DRAMA, PAID)
    assert tiktok.deliveries == []


def test_proxy_of_the_environment_is_not_asked(
    tiktok: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", NOWHERE)
    assert tiktok.send_webhook(DRAMA, PAID) == 200


# --- addresses


def test_app_has_no_address_at_first(tiktok: World) -> None:
    assert [tiktok.webhook_url(app.client_key) for app in tiktok.apps] == [None] * 3


def test_settings_name_the_address_of_the_first_apps(
    tiktok: World, settings: Any
) -> None:
    settings.TTMINIS_SIMULATOR_WEBHOOK_URL = NOWHERE
    tiktok.add_app("mnother", "secret")
    assert tiktok.webhook_url(DRAMA) == NOWHERE
    assert tiktok.webhook_url("mnother") is None


@pytest.mark.parametrize("url", [None, ""])
def test_address_of_the_settings_can_be_taken_away(
    tiktok: World, settings: Any, url: str | None
) -> None:
    settings.TTMINIS_SIMULATOR_WEBHOOK_URL = NOWHERE
    tiktok.set_webhook_url(DRAMA, url)
    assert tiktok.webhook_url(DRAMA) is None


def test_app_can_be_added_with_its_address(tiktok: World) -> None:
    tiktok.add_app("mnother", "secret", webhook_url=NOWHERE)
    assert tiktok.webhook_url("mnother") == NOWHERE


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "example.com", "http://", "//x/"],
)
def test_address_is_one_of_the_web(tiktok: World, url: str) -> None:
    with pytest.raises(ValueError, match="webhook address"):
        tiktok.set_webhook_url(DRAMA, url)
    assert tiktok.webhook_url(DRAMA) is None


def test_unknown_app_is_given_no_address(tiktok: World) -> None:
    with pytest.raises(KeyError):
        tiktok.set_webhook_url("stranger", NOWHERE)


def test_reset_forgets_addresses_and_deliveries(tiktok: World) -> None:
    tiktok.set_webhook_url(DRAMA, NOWHERE)
    tiktok.send_webhook(DRAMA, PAID)
    tiktok.reset()
    assert (tiktok.webhook_url(DRAMA), tiktok.deliveries) == (None, [])


@given(st.text() | st.from_regex(r"https?:/{0,3}[^/]*", fullmatch=True))
def test_whatever_is_typed_is_an_address_or_refused(typed: str) -> None:
    try:
        assert webhooks.check_address(typed).lower().startswith(("http:", "https:"))
    except ValueError:
        return
    assert len(typed) > len("http://")


@given(st.text())
def test_odd_address_gives_no_answer(rest: str) -> None:
    assert webhooks.post(f"http://127.0.0.1:9/{rest}", b"", {}) is None


@pytest.mark.parametrize("host", ["a..b", "a" * 70, "*"])
def test_impossible_host_gives_no_answer(host: str) -> None:
    assert webhooks.post(f"http://{host}/", b"", {}) is None


# --- when an authorization ends


@pytest.mark.parametrize("reason", [None, *REASONS])
def test_webhook_of_a_removal_has_its_reason(
    tiktok: World, receiver: Receiver, reason: int | None
) -> None:
    tiktok.remove_app("mia", DRAMA, **({} if reason is None else {"reason": reason}))
    (arrival,) = receiver.arrivals
    assert arrival.signed_at()
    assert arrival.payload["event"] == "authorization.removed"
    assert arrival.payload["user_openid"] == tiktok.open_id("mia", DRAMA)
    assert arrival.payload["content"] == {"reason": 1 if reason is None else reason}


def test_tokens_are_unusable_before_the_webhook_is_sent(
    tiktok: World, receiver: Receiver, tokens: dict[str, Any]
) -> None:
    seen: list[Any] = []
    receiver.meanwhile = lambda: seen.append(tiktok.connected)
    tiktok.remove_app("mia", DRAMA)
    assert seen == [set()]


def test_removal_returns_what_came_of_telling(
    tiktok: World, receiver: Receiver
) -> None:
    receiver.status = 500
    delivery = tiktok.remove_app("mia", DRAMA)
    assert delivery == tiktok.deliveries[0]
    assert delivery.status == 500


def test_app_without_address_is_removed_in_silence(
    tiktok: World, receiver: Receiver
) -> None:
    assert tiktok.remove_app("mia", GAME) is None
    assert tiktok.deliveries == []


def test_removal_stands_although_the_webhook_fails(
    tiktok: World, tokens: dict[str, Any]
) -> None:
    tiktok.set_webhook_url(DRAMA, NOWHERE)
    tiktok.remove_app("mia", DRAMA)
    assert tiktok.connected == set()


def test_removal_stands_although_the_settings_name_no_web_address(
    tiktok: World, settings: Any, tokens: dict[str, Any]
) -> None:
    settings.TTMINIS_SIMULATOR_WEBHOOK_URL = "/webhook/"
    delivery = tiktok.remove_app("mia", DRAMA)
    assert tiktok.connected == set()
    assert delivery is not None
    assert delivery.status is None


@pytest.mark.parametrize("url", ["ftp://example.com/", "/webhook/"])
def test_webhook_is_sent_to_the_web_only(tiktok: World, url: str) -> None:
    with pytest.raises(ValueError, match="webhook address"):
        tiktok.send_webhook(DRAMA, PAID, url=url)


def test_webhook_of_a_revocation_has_its_reason(
    tiktok: World, receiver: Receiver, api: Api, tokens: dict[str, Any]
) -> None:
    api.revoke(tokens["access_token"])
    tiktok.wait_for_webhooks()
    (arrival,) = receiver.arrivals
    assert arrival.payload["content"] == {"reason": 5}
    assert arrival.payload["user_openid"] == tokens["open_id"]


def test_revocation_by_who_receives_the_webhook_does_not_lock_up(
    tiktok: World, receiver: Receiver, api: Api
) -> None:
    # The receiver has one thread, and it is waiting for the answer of TikTok.
    token = tiktok.issue_tokens(DRAMA, "mia")["access_token"]
    receiver.meanwhile = lambda: tiktok.connected and api.revoke(token)
    tiktok.send_webhook(DRAMA, PAID)
    tiktok.wait_for_webhooks()
    assert [arrival.payload["event"] for arrival in receiver.arrivals] == [
        PAID,
        REMOVED,
    ]


def test_refused_revocation_sends_no_webhook(
    tiktok: World, receiver: Receiver, api: Api
) -> None:
    api.revoke("act.unknown")
    tiktok.wait_for_webhooks()
    assert receiver.arrivals == []


def test_revocation_without_an_address_is_silent(
    tiktok: World, api: Api, tokens: dict[str, Any]
) -> None:
    assert api.revoke(tokens["access_token"]).status_code == 200
    tiktok.wait_for_webhooks()
    assert tiktok.deliveries == []


def test_reset_calls_back_what_is_not_on_its_way_yet(
    tiktok: World, receiver: Receiver
) -> None:
    tiktok.latency = 60
    tiktok.revoke("mia", DRAMA)
    tiktok.reset()
    tiktok.wait_for_webhooks()
    assert receiver.arrivals == []


def test_finished_webhooks_are_not_waited_for_again(
    tiktok: World, receiver: Receiver
) -> None:
    tiktok.revoke("mia", DRAMA)
    tiktok.wait_for_webhooks()
    tiktok.revoke("noah", DRAMA)
    tiktok.wait_for_webhooks()
    assert len(receiver.arrivals) == 2
