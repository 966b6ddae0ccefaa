"""What a verified webhook says, whatever shape TikTok gives it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttminis_auth.tiktok import RemovalReason, WebhookEvent
from ttminis_auth.tiktok.types import MAX_DEPTH

SIGNED_AT = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SAID: dict[str, object] = {
    "client_key": "a-client-key",
    "event": "authorization.removed",
    "create_time": 1763800000,
    "user_openid": "an-open-id",
    "content": '{"reason": 1}',
}


def event(*, signed_at: datetime = SIGNED_AT, **changes: object) -> WebhookEvent:
    return WebhookEvent.from_json(SAID | changes, signed_at=signed_at)


def test_event_is_read_as_documented() -> None:
    read = event()
    assert (read.client_key, read.event) == ("a-client-key", "authorization.removed")
    assert read.create_time == datetime(2025, 11, 22, 8, 26, 40, tzinfo=UTC)
    assert (read.user_openid, read.content) == ("an-open-id", {"reason": 1})


def test_payment_is_read_as_documented() -> None:
    """From the page tiktok-minis-in-app-purchases."""
    read = event(
        event="minis.trade_order.redeem.success",
        user_openid="",
        content='{"trade_order_id":"TOID667700996","order_id":"1","is_sandbox":true}',
    )
    assert read.user_openid is None
    assert read.content["trade_order_id"] == "TOID667700996"
    assert read.content["is_sandbox"] is True


def test_event_without_anything_is_read() -> None:
    read = WebhookEvent.from_json({}, signed_at=SIGNED_AT)
    assert (read.client_key, read.event, read.user_openid) == ("", "", None)
    assert (read.create_time, read.content) == (SIGNED_AT, {})


@pytest.mark.parametrize("content", [{"reason": 1}, '{"reason":1}', ' {"reason": 1} '])
def test_content_may_be_packed_or_not(content: object) -> None:
    assert event(content=content).content == {"reason": 1}


@pytest.mark.parametrize(
    "content", [None, "", "{", "[1]", "1", "null", 7, True, [], "[" * 50000, "9" * 5000]
)
def test_content_that_is_no_object_is_empty(content: object) -> None:
    assert event(content=content).content == {}


@pytest.mark.parametrize("content", ['{"a\\u0000": "b\\u0000\\ud800"}', {"a\0": "b\0"}])
def test_content_loses_what_a_database_refuses(content: object) -> None:
    assert event(content=content).content == {"a": "b"}


@pytest.mark.parametrize("unstorable", ["\0", "\ud800", "\0\ud800"])
@pytest.mark.parametrize("comes", ["first", "last"])
@pytest.mark.parametrize("name", SAID)
def test_key_that_loses_something_stands_for_no_other(
    name: str, comes: str, unstorable: str
) -> None:
    forged = {name + unstorable: "another"}
    said = forged | SAID if comes == "first" else SAID | forged

    assert WebhookEvent.from_json(said, signed_at=SIGNED_AT) == event()


def test_content_loses_numbers_that_are_none() -> None:
    content = '{"a": NaN, "b": [Infinity, -1e999], "c": 1.5}'
    assert event(content=content).content == {"a": None, "b": [None, None], "c": 1.5}


@pytest.mark.parametrize(("opened", "closed"), [('{"a":', "}"), ("[", "]")])
def test_content_ends_at_some_depth(opened: str, closed: str) -> None:
    deep = '{"a":' + opened * 100 + "1" + closed * 100 + "}"
    kept = json.dumps(event(content=deep).content)
    assert kept.count("{") + kept.count("[") == MAX_DEPTH


@pytest.mark.parametrize("open_id", [None, "", 7, "x" * 192, "a\nb", []])
def test_person_who_cannot_be_named_is_none(open_id: object) -> None:
    assert event(user_openid=open_id).user_openid is None


@pytest.mark.parametrize(
    ("name", "read"),
    [("x" * 101, "x" * 100), ("a\0b\n", "ab"), (None, ""), (7, ""), ("\ud800", "")],
)
def test_name_of_an_event_fits_its_column(name: object, read: str) -> None:
    assert event(event=name).event == read


@pytest.mark.parametrize(
    "create_time",
    [
        None,
        "",
        "soon",
        True,
        [],
        0,
        -1,
        1763800000000,
        10**400,
        float("nan"),
        float("inf"),
        SIGNED_AT.timestamp() + 1,
    ],
)
def test_time_that_cannot_be_true_is_that_of_the_signature(create_time: object) -> None:
    assert event(create_time=create_time).create_time == SIGNED_AT


@pytest.mark.parametrize("create_time", [1763800000, "1763800000", 1763800000.9])
def test_time_is_in_whole_seconds(create_time: object) -> None:
    assert event(create_time=create_time).create_time.timestamp() == 1763800000


@pytest.mark.parametrize("reason", [1, "1", 1.0])
def test_reason_may_be_a_number_or_its_text(reason: object) -> None:
    read = event(content={"reason": reason})
    assert read.removal_reason is RemovalReason.USER_DISCONNECTED


@pytest.mark.parametrize("reason", [None, 0, 6, -1, 1.5, True, "x", [], {}, "nan"])
def test_reason_that_is_new_to_us_is_unknown(reason: object) -> None:
    read = event(content={"reason": reason})
    assert read.removal_reason is RemovalReason.UNKNOWN


def test_digest_is_the_same_however_the_event_is_written() -> None:
    turned = dict(reversed(SAID.items())) | {"content": {"reason": 1}}
    again = WebhookEvent.from_json(turned, signed_at=datetime.now(UTC))
    assert again.digest == event().digest


def test_digest_does_not_hang_on_the_signature_s_time() -> None:
    first, again = (
        event(create_time=0),
        event(create_time=0, signed_at=datetime.now(UTC)),
    )
    assert first.digest == again.digest


@pytest.mark.parametrize("key", [*SAID, "something_new"])
def test_digest_takes_in_all_that_an_event_says(key: str) -> None:
    assert event(**{key: "another"}).digest != event().digest


def test_digest_differs_for_malformed_contents() -> None:
    assert event(content="{1").digest != event(content="{2").digest


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(data=st.dictionaries(st.sampled_from([*SAID, "more"]), JSON))
def test_any_json_is_an_event(data: dict[str, object]) -> None:
    read = WebhookEvent.from_json(data, signed_at=SIGNED_AT)
    assert read.create_time <= SIGNED_AT
    assert len(read.digest) == 64
    assert read.removal_reason in RemovalReason
    json.dumps(read.content, allow_nan=False).encode()
