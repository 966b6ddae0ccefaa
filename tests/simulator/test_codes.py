"""Codes: bound to a key, good once, good for five minutes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.simulator.conftest import (
    CREDENTIALS,
    DRAMA,
    GAME,
    GAME_CREDENTIALS,
    Api,
    at_once,
)
from ttminis_auth.simulator.world import World


def test_code_buys_what_tiktok_documents(tokens: dict[str, Any], tiktok: World) -> None:
    assert tokens == {
        "open_id": tiktok.open_id("mia", DRAMA),
        "scope": "user.info.open_id",
        "access_token": tokens["access_token"],
        "expires_in": 7200,
        "refresh_token": tokens["refresh_token"],
        "refresh_expires_in": 15552000,
        "token_type": "Bearer",
    }


def test_tokens_look_like_those_of_tiktok(tokens: dict[str, Any]) -> None:
    assert tokens["access_token"].startswith("act.")
    assert tokens["refresh_token"].startswith("rft.")


def test_code_has_characters_that_a_url_escapes(code: str) -> None:
    assert "*" in code
    assert "!" in code


def test_code_encoded_twice_is_another_code(api: Api, code: str) -> None:
    assert api.exchange(quote(code)).json()["error"] == "invalid_grant"


def test_used_code_is_refused(api: Api, code: str) -> None:
    api.exchange(code)
    assert api.exchange(code).json()["error"] == "invalid_grant"


def test_code_posted_ten_times_at_once_buys_tokens_once(
    tiktok: World, api: Api, code: str
) -> None:
    data = {**CREDENTIALS, "grant_type": "authorization_code", "code": code}
    url = f"{api.url}/v2/oauth/token/"
    statuses = at_once(10, lambda: requests.post(url, data=data, timeout=30))
    assert statuses == [200] + [400] * 9


def test_code_is_good_until_its_last_second(tiktok: World, api: Api, code: str) -> None:
    now = tiktok.clock()
    tiktok.clock = lambda: now + 298
    assert api.exchange(code).status_code == 200


def test_code_expires_after_five_minutes(tiktok: World, api: Api, code: str) -> None:
    now = tiktok.clock()
    tiktok.clock = lambda: now + 300
    assert api.exchange(code).json()["error"] == "invalid_grant"


def test_codes_can_be_expired_by_order(tiktok: World, api: Api, code: str) -> None:
    tiktok.expire_codes()
    assert api.exchange(code).json()["error"] == "invalid_grant"


def test_code_of_another_app_is_refused(tiktok: World, api: Api) -> None:
    code = tiktok.issue_code(GAME)
    assert api.exchange(code).json()["error"] == "invalid_grant"


def test_code_survives_an_attempt_by_another_app(api: Api, code: str) -> None:
    api.exchange(code, **GAME_CREDENTIALS)
    assert api.exchange(code).status_code == 200


def test_code_dies_when_its_owner_removes_the_app(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.remove_app("mia", DRAMA)
    assert api.exchange(code).json()["error"] == "invalid_grant"


def test_code_carries_its_scopes_into_the_token(tiktok: World, api: Api) -> None:
    code = tiktok.issue_code(DRAMA, scopes=["user.info.basic", "user.info.open_id"])
    scope = api.exchange(code).json()["scope"]
    assert scope == "user.info.basic,user.info.open_id"


def test_code_belongs_to_the_user_that_it_was_issued_for(
    tiktok: World, api: Api
) -> None:
    code = tiktok.issue_code(DRAMA, "aiko")
    assert api.exchange(code).json()["open_id"] == tiktok.open_id("aiko", DRAMA)


def test_code_is_for_who_is_signed_in_otherwise(tiktok: World, api: Api) -> None:
    tiktok.sign_in("noah")
    code = tiktok.issue_code(DRAMA)
    assert api.exchange(code).json()["open_id"] == tiktok.open_id("noah", DRAMA)


def test_no_code_is_issued_without_a_signed_in_user(tiktok: World) -> None:
    tiktok.sign_in(None)
    with pytest.raises(KeyError, match="no user is signed in"):
        tiktok.issue_code(DRAMA)


@pytest.mark.parametrize("who", [("mn-unknown", "mia"), (DRAMA, "stranger")])
def test_code_needs_a_known_app_and_person(tiktok: World, who: tuple[str, str]) -> None:
    with pytest.raises(KeyError):
        tiktok.issue_code(*who)
