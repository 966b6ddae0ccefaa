"""User info: what the scopes of a token open, and the avatar."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import DRAMA, Api
from ttminis_auth.simulator.world import World


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_success_says_ok(api: Api, tokens: dict[str, Any]) -> None:
    answer = api.user_info(tokens["access_token"], "open_id").json()
    assert answer["error"].items() >= {"code": "ok", "message": ""}.items()
    assert answer["error"]["log_id"]


def test_silent_token_opens_the_open_id(api: Api, tokens: dict[str, Any]) -> None:
    answer = api.user_info(tokens["access_token"], "open_id").json()
    assert answer["data"]["user"] == {"open_id": tokens["open_id"]}


@pytest.mark.parametrize("field", ["union_id", "display_name", "avatar_url_100"])
def test_silent_token_opens_no_profile(
    api: Api, tokens: dict[str, Any], field: str
) -> None:
    answer = api.user_info(tokens["access_token"], f"open_id,{field}")
    assert error_of(answer) == (401, "scope_not_authorized")
    assert answer.json()["data"] == {}


def test_consent_opens_the_profile(tiktok: World, api: Api, consented: str) -> None:
    answer = api.user_info(consented, "open_id, union_id, display_name").json()
    assert answer["data"]["user"] == {
        "open_id": tiktok.open_id("mia", DRAMA),
        "union_id": tiktok.union_id("mia", DRAMA),
        "display_name": "Mia",
    }


def test_names_are_sent_as_utf8(tiktok: World, api: Api) -> None:
    code = tiktok.issue_code(DRAMA, "aiko", scopes=["user.info.basic"])
    token = api.exchange(code).json()["access_token"]
    assert "愛子 ✨".encode() in api.user_info(token, "display_name").content


@pytest.mark.parametrize("field", ["username", "follower_count"])
def test_one_field_beyond_consent_fails_all(
    api: Api, consented: str, field: str
) -> None:
    answer = api.user_info(consented, f"open_id,{field}")
    assert error_of(answer) == (401, "scope_not_authorized")


def test_wider_scope_opens_the_username(tiktok: World, api: Api) -> None:
    code = tiktok.issue_code(DRAMA, scopes=["user.info.profile"])
    token = api.exchange(code).json()["access_token"]
    user = api.user_info(token, "username,is_verified").json()["data"]["user"]
    assert user == {"username": "mia", "is_verified": False}


@pytest.mark.parametrize("fields", ["", "open_id,shoe_size"])
def test_unknown_or_missing_fields_are_invalid(
    api: Api, consented: str, fields: str
) -> None:
    assert error_of(api.user_info(consented, fields)) == (400, "invalid_params")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}])
def test_missing_or_unknown_token_is_invalid(api: Api, header: dict[str, str]) -> None:
    answer = api.call("GET", "/v2/user/info/?fields=open_id", headers=header)
    assert error_of(answer) == (401, "access_token_invalid")


def test_token_needs_the_word_bearer(api: Api, consented: str) -> None:
    headers = {"Authorization": f"Token {consented}"}
    answer = api.call("GET", "/v2/user/info/?fields=open_id", headers=headers)
    assert error_of(answer) == (401, "access_token_invalid")


def test_post_is_not_allowed(api: Api) -> None:
    assert error_of(api.call("POST", "/v2/user/info/")) == (405, "invalid_params")


def test_avatar_is_a_picture_that_can_be_fetched(api: Api, consented: str) -> None:
    user = api.user_info(consented, "avatar_url").json()["data"]["user"]
    picture = api.session.get(user["avatar_url"], timeout=30)
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert ">M</text>" in picture.text


def test_avatar_of_an_unknown_user_is_a_question_mark(api: Api) -> None:
    assert ">?</text>" in api.call("GET", "/avatars/stranger.svg").text


def test_avatar_escapes_the_name(tiktok: World, api: Api) -> None:
    tiktok.add_person("eve", "<script>")
    assert ">&lt;</text>" in api.call("GET", "/avatars/eve.svg").text


def test_avatar_of_an_empty_name_is_a_question_mark(tiktok: World, api: Api) -> None:
    tiktok.add_person("eve", "")
    assert ">?</text>" in api.call("GET", "/avatars/eve.svg").text
