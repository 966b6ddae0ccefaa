"""What the SDK script asks its server."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import DRAMA, Api
from ttminis_auth.simulator.world import World

ORIGIN = "Access-Control-Allow-Origin"


def test_login_gives_a_code_for_who_is_signed_in(tiktok: World, api: Api) -> None:
    tiktok.sign_in("noah")
    tokens = api.exchange(api.sdk("login")["code"]).json()
    assert tokens["open_id"] == tiktok.open_id("noah", DRAMA)
    assert tokens["scope"] == "user.info.open_id"


def test_authorize_gives_a_code_for_the_profile(api: Api) -> None:
    answer = api.sdk("authorize", allow=True)
    scope = api.exchange(answer["code"]).json()["scope"]
    assert scope == answer["grantedScopes"] == "user.info.basic,user.info.open_id"


def test_authorize_can_be_for_the_open_id_alone(api: Api) -> None:
    answer = api.sdk("authorize", allow=True, scope="user.info.open_id")
    assert answer["grantedScopes"] == "user.info.open_id"


@pytest.mark.parametrize("fields", [{"allow": False}, {}, {"allow": "yes"}])
def test_authorize_without_consent_is_cancelled(
    api: Api, fields: dict[str, object]
) -> None:
    answer = api.sdk("authorize", **fields)
    assert answer.keys() == {"error"}
    assert answer["error"]["error_code"] == 102601


def test_prompt_names_app_person_and_scopes(api: Api) -> None:
    assert api.sdk("prompt", scope="user.info.basic")["prompt"] == {
        "app": "Drama",
        "person": "Mia",
        "scopes": ["user.info.basic", "user.info.open_id"],
    }


@pytest.mark.parametrize("call", ["login", "prompt", "authorize"])
def test_login_without_a_signed_in_user_is_an_error(
    tiktok: World, api: Api, call: str
) -> None:
    tiktok.sign_in(None)
    assert api.sdk(call, allow=True)["error"]["error_code"] == 102600


@pytest.mark.parametrize("call", ["login", "prompt", "authorize"])
def test_unknown_app_is_an_error(api: Api, call: str) -> None:
    error = api.sdk(call, client_key="mn-unknown", allow=True)["error"]
    assert (error["error_code"], error["error_extra"]) == (
        102101,
        {"param": "client_key"},
    )


@pytest.mark.parametrize("call", ["prompt", "authorize"])
def test_scope_that_minis_do_not_have_is_an_error(api: Api, call: str) -> None:
    error = api.sdk(call, scope="user.info.basic,user.info.phone", allow=True)["error"]
    assert (error["error_code"], error["error_extra"]) == (102101, {"param": "scope"})


def test_error_has_the_three_names_of_the_documents(tiktok: World, api: Api) -> None:
    tiktok.sign_in(None)
    error = api.sdk("login")["error"]
    assert error.keys() == {"error_code", "error_msg", "error_extra"}


def test_error_extra_is_an_object_also_where_there_is_nothing_to_add(
    tiktok: World, api: Api
) -> None:
    tiktok.sign_in(None)
    assert api.sdk("login")["error"]["error_extra"] == {}


def test_error_leaves_nothing_in_a_console(tiktok: World, api: Api) -> None:
    tiktok.sign_in(None)
    answer = api.call("POST", "/sdk/login/", json={"client_key": DRAMA})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("kind", "code"), [("cancelled", 102601), ("error_102102", 102102)]
)
def test_ordered_error_is_given(tiktok: World, api: Api, kind: str, code: int) -> None:
    tiktok.order_fault(kind, endpoint="sdk")
    assert api.sdk("login")["error"]["error_code"] == code


def test_script_learns_of_an_ordered_silence(tiktok: World, api: Api) -> None:
    tiktok.order_fault("silent", endpoint="sdk")
    assert api.sdk("login") == {"silent": True}


def test_form_is_refused(api: Api) -> None:
    answer = api.call("POST", "/sdk/login/", data={"client_key": DRAMA})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_get_is_refused(api: Api) -> None:
    assert api.call("GET", "/sdk/login/").status_code == 400


@pytest.mark.parametrize("path", ["/sdk.js", "/sdk/login/", "/sdk/authorize/"])
def test_preflight_is_answered_for_any_origin(
    tiktok: World, api: Api, path: str
) -> None:
    answer = api.call("OPTIONS", path)
    assert (answer.status_code, answer.headers[ORIGIN]) == (204, "*")
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert tiktok.requests == []


def test_answer_may_be_read_from_any_origin(api: Api) -> None:
    answer = api.call("POST", "/sdk/login/", json={"client_key": DRAMA})
    assert answer.headers[ORIGIN] == "*"


def test_server_api_is_not_open_to_pages(api: Api, code: str) -> None:
    assert ORIGIN not in api.exchange(code).headers


def test_script_may_be_loaded_from_any_origin(api: Api) -> None:
    answer = api.call("GET", "/sdk.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers[ORIGIN] == "*"


def test_script_evaluates_no_text(api: Api) -> None:
    script = api.call("GET", "/sdk.js").text
    assert "eval(" not in script
    assert "Function(" not in script
    assert "innerHTML" not in script
