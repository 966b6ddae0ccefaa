"""Tokens grow old, are renewed, and die."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator.conftest import (
    BASIC,
    CREDENTIALS,
    DRAMA,
    GAME,
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
    statuses = at_once(5, lambda: requests.post(url, data=data, timeout=30))
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


# --- how long tokens live


def test_answer_names_the_lifetimes_that_were_set(
    tiktok: World, api: Api, code: str
) -> None:
    tiktok.access_lifetime, tiktok.refresh_lifetime = 60, 3600
    answer = api.exchange(code).json()
    assert (answer["expires_in"], answer["refresh_expires_in"]) == (60, 3600)


def test_tokens_live_as_long_as_was_set(tiktok: World, api: Api, code: str) -> None:
    tiktok.access_lifetime, tiktok.refresh_lifetime = 60, 3600
    tokens = api.exchange(code).json()
    now = tiktok.clock()
    tiktok.clock = lambda: now + 60
    assert not is_alive(api, tokens["access_token"])
    assert api.refresh(tokens["refresh_token"]).status_code == 200


def test_new_lifetime_leaves_issued_tokens_alone(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.access_lifetime = 0
    assert is_alive(api, tokens["access_token"])


def test_token_of_the_app_lives_as_long(tiktok: World, api: Api) -> None:
    tiktok.access_lifetime = 60
    assert api.token(grant_type="client_credentials").json()["expires_in"] == 60


def test_refresh_lets_the_old_access_token_live(api: Api, tokens: Tokens) -> None:
    api.refresh(tokens["refresh_token"])
    assert is_alive(api, tokens["access_token"])


# --- ended by order


def test_refresh_tokens_can_be_expired_by_order(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.expire_refresh_tokens()
    assert api.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert is_alive(api, tokens["access_token"])


def test_killed_tokens_are_unknown_at_once(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.kill_tokens()
    answer = api.user_info(tokens["access_token"], "open_id").json()
    assert answer["error"]["code"] == "access_token_invalid"
    assert api.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_killing_tokens_spares_codes(tiktok: World, api: Api, code: str) -> None:
    tiktok.kill_tokens()
    assert api.exchange(code).status_code == 200


@pytest.mark.parametrize(
    "end", ["kill_tokens", "expire_access_tokens", "remove_app", "revoke"]
)
def test_tokens_end_for_one_person_in_one_app(
    tiktok: World, api: Api, end: str
) -> None:
    pairs = [("mia", DRAMA), ("mia", GAME), ("noah", DRAMA)]
    tokens = [tiktok.issue_tokens(app, who)["access_token"] for who, app in pairs]
    getattr(tiktok, end)("mia", DRAMA)
    assert [is_alive(api, token) for token in tokens] == [False, True, True]


@pytest.mark.parametrize(
    ("whose", "alive"),
    [({"handle": "mia"}, [False, True]), ({"client_key": GAME}, [True, True])],
)
def test_tokens_can_be_killed_by_person_or_by_app(
    tiktok: World, api: Api, whose: dict[str, str], alive: list[bool]
) -> None:
    tokens = [tiktok.issue_tokens(DRAMA, handle) for handle in ("mia", "noah")]
    tiktok.kill_tokens(**whose)
    assert [is_alive(api, each["access_token"]) for each in tokens] == alive


# --- a refresh token that comes twice


def test_reuse_is_refused_and_no_more(tiktok: World, api: Api, tokens: Tokens) -> None:
    renewed = api.refresh(tokens["refresh_token"]).json()
    api.refresh(tokens["refresh_token"])
    assert is_alive(api, renewed["access_token"])


def test_reuse_kills_the_family_where_that_is_the_rule(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.reuse_kills = True
    renewed = api.refresh(tokens["refresh_token"]).json()
    api.refresh(tokens["refresh_token"])
    assert not is_alive(api, tokens["access_token"])
    assert not is_alive(api, renewed["access_token"])
    assert api.refresh(renewed["refresh_token"]).status_code == 400


def test_reuse_spares_other_logins_of_the_person(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.reuse_kills = True
    other = tiktok.issue_tokens(DRAMA, "mia")
    api.refresh(tokens["refresh_token"])
    api.refresh(tokens["refresh_token"])
    assert is_alive(api, other["access_token"])


def test_another_app_cannot_kill_a_family(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    tiktok.reuse_kills = True
    renewed = api.refresh(tokens["refresh_token"]).json()
    api.refresh(tokens["refresh_token"], **GAME_CREDENTIALS)
    assert is_alive(api, renewed["access_token"])


# --- counted


def test_refreshes_and_reuses_are_counted_by_person_and_app(
    tiktok: World, api: Api, tokens: Tokens
) -> None:
    renewed = api.refresh(tokens["refresh_token"]).json()
    api.refresh(renewed["refresh_token"])
    api.refresh(renewed["refresh_token"])
    assert (tiktok.refreshes("mia", DRAMA), tiktok.reuses("mia", DRAMA)) == (2, 1)
    assert (tiktok.refreshes("noah", DRAMA), tiktok.reuses("noah", DRAMA)) == (0, 0)


def test_refused_refresh_does_not_count(tiktok: World, api: Api) -> None:
    api.refresh("unknown")
    assert (tiktok.refreshes("mia", DRAMA), tiktok.reuses("mia", DRAMA)) == (0, 0)


# --- without HTTP


def test_tokens_can_be_issued_without_a_request(tiktok: World, api: Api) -> None:
    tokens = tiktok.issue_tokens(DRAMA, "noah", scopes=BASIC)
    assert tokens == {
        "access_token": tokens["access_token"],
        "expires_in": 7200,
        "open_id": tiktok.open_id("noah", DRAMA),
        "refresh_expires_in": 15_552_000,
        "refresh_token": tokens["refresh_token"],
        "scope": "user.info.basic,user.info.open_id",
        "token_type": "Bearer",
    }
    assert is_alive(api, tokens["access_token"])
    assert api.refresh(tokens["refresh_token"]).json()["open_id"] == tokens["open_id"]


def test_tokens_are_issued_to_who_is_signed_in(tiktok: World) -> None:
    assert tiktok.issue_tokens(DRAMA)["open_id"] == tiktok.open_id("mia", DRAMA)


@pytest.mark.parametrize("names", [("stranger", "mia"), (DRAMA, "stranger")])
def test_strangers_are_issued_no_tokens(tiktok: World, names: tuple[str, str]) -> None:
    with pytest.raises(KeyError):
        tiktok.issue_tokens(*names)
