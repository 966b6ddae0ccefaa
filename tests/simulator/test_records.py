"""What can be seen of a request afterwards."""

from __future__ import annotations

import json

import pytest

from tests.simulator.conftest import CREDENTIALS, DRAMA, Api
from ttminis_auth.simulator.records import MASK
from ttminis_auth.simulator.world import World


def test_exchange_is_recorded_with_its_fields(
    tiktok: World, api: Api, code: str
) -> None:
    api.exchange(code)
    (seen,) = tiktok.requests
    assert (seen.endpoint, seen.method, seen.status) == ("token", "POST", 200)
    assert seen.fields == {
        "client_key": DRAMA,
        "client_secret": MASK,
        "grant_type": "authorization_code",
        "code": MASK,
    }


def test_refused_request_is_recorded_too(tiktok: World, api: Api) -> None:
    api.exchange("no-code")
    assert tiktok.requests[-1].status == 400


def test_unknown_field_is_masked(tiktok: World, api: Api, code: str) -> None:
    api.exchange(code, app_secret="oops")
    assert tiktok.requests[-1].fields["app_secret"] == MASK


def test_field_in_the_address_is_recorded(tiktok: World, api: Api, code: str) -> None:
    api.call("POST", "/v2/oauth/token/", params={"code": code})
    assert tiktok.requests[-1].fields == {"code": MASK}


def test_fields_of_a_json_body_are_recorded(tiktok: World, api: Api) -> None:
    api.call("POST", "/v2/oauth/token/", json={**CREDENTIALS, "code": "x"})
    names = list(tiktok.requests[-1].fields)
    assert names == ["client_key", "client_secret", "code"]


def test_body_that_is_no_json_object_has_no_fields(tiktok: World, api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    for body in ("[1, 2]", "{broken"):
        api.call("POST", "/sdk/login/", data=body, headers=headers)
    assert [seen.fields for seen in tiktok.requests] == [{}, {}]


def test_asked_user_fields_are_recorded_without_the_token(
    tiktok: World, api: Api, consented: str
) -> None:
    api.user_info(consented, "open_id,union_id")
    assert tiktok.requests[-1].fields == {"fields": "open_id,union_id"}


def test_calls_of_the_sdk_are_recorded(tiktok: World, api: Api) -> None:
    api.sdk("login")
    api.sdk("authorize", allow=True)
    endpoints = [seen.endpoint for seen in tiktok.requests]
    assert endpoints == ["sdk_login", "sdk_authorize"]


def test_duration_is_recorded(tiktok: World, api: Api, code: str) -> None:
    api.exchange(code)
    assert 0 < tiktok.requests[-1].milliseconds < 5000


def test_records_hold_no_secret(tiktok: World, api: Api, code: str) -> None:
    tokens = api.exchange(code).json()
    api.refresh(tokens["refresh_token"])
    api.revoke(tokens["access_token"])
    records = json.dumps([seen.fields for seen in tiktok.requests])
    secrets = [code, tokens["access_token"], tokens["refresh_token"]]
    assert not any(secret in records for secret in [*secrets, "drama-secret"])


def test_records_can_be_cleared(tiktok: World, api: Api) -> None:
    api.exchange("no-code")
    tiktok.clear_requests()
    assert tiktok.requests == []


def test_requests_are_counted_by_endpoint_status_and_fields(
    tiktok: World, api: Api, code: str
) -> None:
    api.exchange(code)
    api.exchange(code)
    api.refresh("unknown")
    assert tiktok.count("token") == 3
    assert tiktok.count("token", status=400) == 2
    assert tiktok.count("token", grant_type="authorization_code") == 2
    assert tiktok.count("token", status=200, grant_type="authorization_code") == 1
    assert tiktok.count("revoke") == 0


def test_masked_field_cannot_be_counted(tiktok: World, api: Api) -> None:
    # Its value is not kept, so the count would be 0 whatever had arrived.
    with pytest.raises(ValueError, match="refresh_token"):
        tiktok.count("token", refresh_token="unknown")


def test_latency_holds_each_answer_back(tiktok: World, api: Api) -> None:
    tiktok.latency = 0.05
    for answer in (api.exchange("no-code"), api.user_info("unknown", "open_id")):
        assert answer.elapsed.total_seconds() >= 0.05
    assert min(seen.milliseconds for seen in tiktok.requests) >= 50


def test_latency_is_added_to_a_late_answer(tiktok: World, api: Api) -> None:
    tiktok.latency = 0.05
    tiktok.order_fault("slow", seconds=0.05)
    assert api.exchange("no-code").elapsed.total_seconds() >= 0.1
