"""Tokens grow old, are renewed, and die."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator.conftest import (
    CREDENTIALS,
    DRAMA,
    GAME_CREDENTIALS,
    Api,
    at_once,
)
from ttminis_auth.simulator.world import World

Tokens = dict[str, Any]


def is_alive(api: Api, access_token: str) -> bool:
    return api.user_info(access_token, "open_id").status_code == 200


def test_refresh_gives_two_new_tokens(api: Api, tokens: Tokens) -> None:
    renewed = api.refresh(tokens["refresh_token"]).json()
    assert renewed["access_token"] != tokens["access_token"]
    assert renewed["refresh_token"] != tokens["refresh_token"]


def test_refresh_keeps_person_and_scopes(api: Api, tokens: Tokens) -> None:
    renewed = api.refresh(tokens["refresh_token"]).json()
    assert renewed["open_id"] == tokens["open_id"]
    assert renewed["scope"] == tokens["scope"]


def test_used_refresh_token_is_dead(api: Api, tokens: Tokens) -> None:
    api.refresh(tokens["refresh_token"])
    again = api.refresh(tokens["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


def test_new_refresh_token_works(api: Api, tokens: Tokens) -> None:
    renewed = api.refresh(tokens["refresh_token"]).json()
    assert api.refresh(renewed["refresh_token"]).status_code == 200


def test_refresh_token_posted_five_times_at_once_works_once(
    api: Api, tokens: Tokens
) -> None:
    renewal = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    url, data = f"{api.url}/v2/oauth/token/", {**CREDENTIALS, **renewal}
    statuses = at_once(5, lambda: requests.post(url, data=data, timeout=10))
    assert statuses == [200] + [400] * 4


def test_refresh_token_of_another_app_is_refused(api: Api, tokens: Tokens) -> None:
    answer = api.refresh(tokens["refresh_token"], **GAME_CREDENTIALS)
    assert answer.json()["error"] == "invalid_grant"


def test_refresh_token_expires_after_180_days(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    now = tiktok.clock()
    tiktok.clock = lambda: now + 15_552_000
    assert api.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_access_token_expires_after_two_hours(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    now = tiktok.clock()
    tiktok.clock = lambda: now + 7200
    assert not is_alive(api, tokens["access_token"])


def test_access_tokens_can_be_expired_by_order(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.expire_access_tokens()
    assert not is_alive(api, tokens["access_token"])


def test_refresh_outlives_an_expired_access_token(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.expire_access_tokens()
    assert api.refresh(tokens["refresh_token"]).status_code == 200


def test_revoked_access_token_is_dead(api: Api, tokens: Tokens) -> None:
    api.revoke(tokens["access_token"])
    assert not is_alive(api, tokens["access_token"])


def test_revoke_answers_an_empty_object(api: Api, tokens: Tokens) -> None:
    answer = api.revoke(tokens["access_token"])
    assert (answer.status_code, answer.json()) == (200, {})


def test_revoke_kills_the_refresh_token_too(api: Api, tokens: Tokens) -> None:
    api.revoke(tokens["access_token"])
    assert api.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoke_needs_the_app_that_owns_the_token(api: Api, tokens: Tokens) -> None:
    answer = api.revoke(tokens["access_token"], **GAME_CREDENTIALS)
    assert answer.json()["error"] == "invalid_request"
    assert is_alive(api, tokens["access_token"])


def test_revoke_of_a_dead_token_is_refused(api: Api) -> None:
    assert api.revoke("act.unknown").json()["error"] == "invalid_request"


def test_revoke_needs_the_secret(api: Api, tokens: Tokens) -> None:
    answer = api.revoke(tokens["access_token"], client_secret="wrong")
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize(("handle", "alive"), [("mia", False), ("noah", True)])
def test_removing_the_app_kills_the_tokens_of_one_person(
    tiktok: World, api: Api, handle: str, alive: bool
) -> None:
    tokens = api.exchange(tiktok.issue_code(DRAMA, handle)).json()
    tiktok.remove_app("mia", DRAMA)
    assert is_alive(api, tokens["access_token"]) is alive


def test_app_is_connected_while_a_token_lives(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    assert tiktok.connected == {("mia", DRAMA)}


def test_app_is_not_connected_once_all_tokens_expired(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    now = tiktok.clock()
    tiktok.clock = lambda: now + 15_552_000
    assert tiktok.connected == set()
