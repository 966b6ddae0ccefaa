"""What the token endpoint asks of a request before it looks at the code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import CREDENTIALS, Api
from ttminis_auth.simulator.world import World

PATH = "/v2/oauth/token/"


def test_error_has_the_flat_shape(api: Api) -> None:
    assert api.exchange("no-code").json().keys() == {
        "error",
        "error_description",
        "log_id",
    }


def test_log_id_stands_in_the_header_too(api: Api) -> None:
    answer = api.exchange("no-code")
    assert answer.headers["x-tt-logid"] == answer.json()["log_id"]


def test_log_ids_differ(api: Api) -> None:
    log_ids = {api.exchange("no-code").json()["log_id"] for _ in range(3)}
    assert len(log_ids) == 3


def test_answer_must_not_be_stored(api: Api, code: str) -> None:
    assert api.exchange(code).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "missing", ["client_key", "client_secret", "grant_type", "code"]
)
def test_missing_parameter_is_an_invalid_request(
    api: Api, code: str, missing: str
) -> None:
    data = {**CREDENTIALS, "grant_type": "authorization_code", "code": code}
    del data[missing]
    answer = api.call("POST", PATH, data=data)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert missing in answer.json()["error_description"]


@pytest.mark.parametrize(
    "wrong", [{"client_key": "mn-unknown"}, {"client_secret": "geheim-ü"}]
)
def test_wrong_credentials_are_an_invalid_client(
    api: Api, code: str, wrong: dict[str, str]
) -> None:
    answer = api.exchange(code, **wrong)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_wrong_credentials_leave_the_code_unspent(api: Api, code: str) -> None:
    api.exchange(code, client_secret="wrong")
    assert api.exchange(code).status_code == 200


def test_unknown_grant_type_is_unsupported(api: Api) -> None:
    answer = api.token(grant_type="password")
    assert answer.json()["error"] == "unsupported_grant_type"


def test_json_body_is_refused(api: Api, code: str) -> None:
    data = {**CREDENTIALS, "grant_type": "authorization_code", "code": code}
    assert api.call("POST", PATH, json=data).json()["error"] == "invalid_request"


def test_multipart_body_is_refused(api: Api) -> None:
    answer = api.call("POST", PATH, files={"client_key": (None, "x")})
    assert answer.json()["error"] == "invalid_request"


def test_parameters_in_the_address_are_refused(api: Api, code: str) -> None:
    data = {**CREDENTIALS, "grant_type": "authorization_code"}
    answer = api.call("POST", PATH, data=data, params={"code": code})
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("path", [PATH, "/v2/oauth/revoke/"])
def test_get_is_not_allowed(api: Api, path: str) -> None:
    assert api.call("GET", path).status_code == 405


@pytest.mark.parametrize("extra", ["redirect_uri", "code_verifier"])
def test_field_of_the_web_flow_is_tolerated_but_seen(
    tiktok: World, api: Api, code: str, extra: str
) -> None:
    assert api.exchange(code, **{extra: "something"}).status_code == 200
    assert extra in tiktok.requests[-1].fields


def test_app_gets_a_token_of_its_own(api: Api) -> None:
    answer: dict[str, Any] = api.token(grant_type="client_credentials").json()
    assert answer["access_token"].startswith("clt.")
    assert answer["expires_in"] == 7200
    assert "open_id" not in answer


def test_token_of_the_app_opens_no_user_info(api: Api) -> None:
    token = api.token(grant_type="client_credentials").json()["access_token"]
    error = api.user_info(token, "open_id").json()["error"]
    assert error["code"] == "access_token_invalid"
