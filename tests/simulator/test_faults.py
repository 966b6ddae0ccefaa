"""Everything that can be ordered to go wrong, and when it stops."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Api
from ttminis_auth.simulator.answers import DATA_ERRORS, OAUTH_ERRORS
from ttminis_auth.simulator.faults import KINDS
from ttminis_auth.simulator.world import World

ORDERABLE = [(kind, where) for kind, each in KINDS.items() for where in each.endpoints]
REFUSALS = ["html_502", "server_error", "error", "error_in_200", "invalid_client"]
SPOILERS = ["missing_open_id", "missing_access_token", "truncated_json", "huge_body"]


def wait_for_arrival(tiktok: World) -> None:
    end = time.monotonic() + 30
    while not tiktok.requests and time.monotonic() < end:
        time.sleep(0.01)


def on_arrival(tiktok: World, act: Callable[[], None]) -> None:
    """Act, in a thread of its own, as soon as a request has arrived."""

    def watch() -> None:
        wait_for_arrival(tiktok)
        act()

    Thread(target=watch, daemon=True).start()


def is_spent(api: Api, code: str) -> bool:
    return api.exchange(code).status_code == 400


def test_html_502_is_no_json(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("html_502")
    answer = api.exchange(code)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")


def test_error_in_200_has_the_body_of_an_error(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.order_fault("error_in_200")
    answer = api.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (200, "invalid_grant")


def test_user_info_can_refuse_in_200_too(
    tiktok: World, api: Api, consented: str
) -> None:
    tiktok.order_fault("error_in_200", endpoint="user_info")
    answer = api.user_info(consented, "open_id")
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "access_token_invalid"


@pytest.mark.parametrize("error", OAUTH_ERRORS)
def test_every_oauth_error_can_be_ordered(
    tiktok: World, api: Api, code: str, error: str
) -> None:
    tiktok.order_fault("error", error=error)
    answer = api.exchange(code)
    assert answer.json()["error"] == error
    assert answer.status_code == OAUTH_ERRORS[error]


@pytest.mark.parametrize("error", DATA_ERRORS)
def test_every_data_error_can_be_ordered(
    tiktok: World, api: Api, consented: str, error: str
) -> None:
    tiktok.order_fault("error", endpoint="user_info", error=error)
    answer = api.user_info(consented, "open_id")
    assert answer.json()["error"]["code"] == error
    assert answer.status_code == DATA_ERRORS[error]


def test_server_error_is_a_500(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("server_error")
    answer = api.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (500, "server_error")


def test_server_error_of_user_info_has_its_own_name(
    tiktok: World, api: Api, consented: str
) -> None:
    tiktok.order_fault("server_error", endpoint="user_info")
    error = api.user_info(consented, "open_id").json()["error"]
    assert error["code"] == "internal_error"


def test_right_credentials_can_be_called_wrong(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.order_fault("invalid_client")
    answer = api.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_rate_limit_says_when_to_come_back(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("rate_limited", retry_after=7)
    answer = api.exchange(code)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_rate_limit_need_not_say_when(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("rate_limited", retry_after=None)
    assert "Retry-After" not in api.exchange(code).headers


def test_redirect_leads_a_follower_to_a_second_request(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.order_fault("redirect")
    data = {"grant_type": "authorization_code", "code": code}
    api.call("POST", "/v2/oauth/token/", data=data, allow_redirects=True)
    assert [seen.status for seen in tiktok.requests] == [307, 400]


def test_truncated_json_cannot_be_parsed(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("truncated_json")
    answer = api.exchange(code)
    with pytest.raises(ValueError):
        json.loads(answer.content)
    assert answer.content.startswith(b'{"access_token"')


def test_huge_body_is_good_json_beyond_a_mebibyte(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.order_fault("huge_body")
    answer = api.exchange(code)
    assert len(answer.content) > 2**20
    assert answer.json()["open_id"]


@pytest.mark.parametrize("name", ["open_id", "access_token"])
def test_required_name_can_be_left_out(
    tiktok: World, api: Api, code: str, name: str
) -> None:
    tiktok.order_fault(f"missing_{name}")
    answer = api.exchange(code)
    assert answer.status_code == 200
    assert name not in answer.json()


def test_open_id_can_be_empty(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("empty_open_id")
    assert api.exchange(code).json()["open_id"] == ""


def test_open_id_can_be_missing_from_user_info(
    tiktok: World, api: Api, consented: str
) -> None:
    tiktok.order_fault("missing_open_id", endpoint="user_info")
    data = api.user_info(consented, "open_id,union_id").json()["data"]
    assert list(data["user"]) == ["union_id"]


def test_lifetimes_can_be_strings(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("expires_in_string")
    answer = api.exchange(code).json()
    assert answer["expires_in"] == "7200"
    assert answer["refresh_expires_in"] == "15552000"


def test_lifetimes_can_be_absent(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("no_expires_in")
    assert not {"expires_in", "refresh_expires_in"} & api.exchange(code).json().keys()


def test_unknown_fields_stand_beside_the_known(
    tiktok: World, api: Api, code: str, tokens: dict[str, Any]
) -> None:
    tiktok.order_fault("unknown_fields")
    assert api.refresh(tokens["refresh_token"]).json().keys() > tokens.keys()


def test_fault_does_not_improve_a_refusal(tiktok: World, api: Api) -> None:
    tiktok.order_fault("empty_open_id")
    assert api.exchange("no-code").json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", REFUSALS)
def test_answer_that_is_replaced_leaves_the_code_unspent(
    tiktok: World, api: Api, code: str, kind: str
) -> None:
    tiktok.order_fault(kind)
    api.exchange(code)
    assert not is_spent(api, code)


@pytest.mark.parametrize("kind", SPOILERS)
def test_answer_that_is_spoiled_has_spent_the_code(
    tiktok: World, api: Api, code: str, kind: str
) -> None:
    tiktok.order_fault(kind)
    api.exchange(code)
    assert is_spent(api, code)


def test_slow_answer_comes_late_but_whole(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("slow", seconds=0.2)
    start = time.monotonic()
    answer = api.exchange(code)
    assert time.monotonic() - start >= 0.2
    assert answer.status_code == 200


def test_slow_answer_is_recorded_as_slow(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("slow", seconds=0.05)
    api.exchange(code)
    assert tiktok.requests[-1].milliseconds >= 50


def test_slow_answer_delays_no_other(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("slow", seconds=30)
    with pytest.raises(requests.Timeout):
        api.call("POST", "/v2/oauth/token/", timeout=0.1)
    wait_for_arrival(tiktok)
    assert api.exchange(code).status_code == 200


def test_timeout_outlasts_the_patience_of_a_client(tiktok: World, api: Api) -> None:
    tiktok.order_fault("timeout")
    with pytest.raises(requests.Timeout):
        api.call("POST", "/v2/oauth/token/", timeout=0.1)
    wait_for_arrival(tiktok)
    assert tiktok.requests[-1].status == 504


def test_timeout_ends_when_the_world_is_released(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.order_fault("timeout")
    on_arrival(tiktok, tiktok.release)
    assert api.exchange(code).status_code == 504


def test_timeout_ends_when_the_world_is_reset(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.order_fault("timeout")
    on_arrival(tiktok, tiktok.reset)
    assert api.exchange(code).status_code == 504


def test_code_is_spent_after_a_timeout(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("timeout", seconds=0)
    api.exchange(code)
    assert is_spent(api, code)


def test_fault_happens_once(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("server_error")
    statuses = [api.exchange(code).status_code for _ in range(2)]
    assert statuses == [500, 200]


def test_fault_happens_as_often_as_ordered(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("server_error", times=2)
    statuses = [api.exchange(code).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]


def test_faults_happen_in_the_order_of_ordering(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.order_fault("server_error")
    tiktok.order_fault("html_502")
    statuses = [api.exchange(code).status_code for _ in range(3)]
    assert statuses == [500, 502, 200]


def test_fault_waits_for_its_endpoint(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("server_error", endpoint="user_info")
    token = api.exchange(code).json()["access_token"]
    assert api.user_info(token, "open_id").status_code == 500


def test_revoke_can_fail(tiktok: World, api: Api, tokens: dict[str, Any]) -> None:
    tiktok.order_fault("html_502", endpoint="revoke")
    assert api.revoke(tokens["access_token"]).status_code == 502


def test_faults_can_be_cleared(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("server_error", times=9)
    tiktok.clear_faults()
    assert tiktok.faults == []
    assert api.exchange(code).status_code == 200


@pytest.mark.parametrize(("kind", "endpoint"), ORDERABLE)
def test_every_kind_can_be_ordered_where_it_says(
    tiktok: World, kind: str, endpoint: str
) -> None:
    tiktok.order_fault(kind, endpoint=endpoint)
    assert [(each.kind, each.endpoint) for each in tiktok.faults] == [(kind, endpoint)]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"kind": "earthquake"}, "unknown fault"),
        ({"kind": "silent"}, "cannot happen at 'token'"),
        ({"kind": "slow", "minutes": 1}, "takes no minutes"),
        ({"kind": "slow", "times": 0}, "at least once"),
        ({"kind": "error", "error": "tired"}, "no such error"),
    ],
)
def test_order_that_makes_no_sense_is_refused(
    tiktok: World, order: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        tiktok.order_fault(**order)
    assert tiktok.faults == []
