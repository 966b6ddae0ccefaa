"""People, apps, their names, and the way back to the beginning."""

from __future__ import annotations

import re

import pytest

from tests.simulator.conftest import CREDENTIALS, DRAMA, GAME, Api
from ttminis_auth.simulator.records import RecordedRequest
from ttminis_auth.simulator.world import REMEMBERED_REQUESTS, World


def test_world_begins_with_three_apps_of_one_developer(tiktok: World) -> None:
    apps = [(app.client_key, app.name, app.developer) for app in tiktok.apps]
    assert apps == [
        (DRAMA, "Drama", "studio"),
        (GAME, "Game", "studio"),
        ("awsimweb00000003", "Web site", "studio"),
    ]


def test_world_begins_with_three_people(tiktok: World) -> None:
    names = {person.handle: person.display_name for person in tiktok.people}
    assert names == {"mia": "Mia", "noah": "Noah Ünal", "aiko": "愛子 ✨"}


def test_mia_is_signed_in_at_first(tiktok: World) -> None:
    assert tiktok.signed_in == "mia"


def test_stranger_cannot_sign_in(tiktok: World) -> None:
    with pytest.raises(KeyError):
        tiktok.sign_in("stranger")
    assert tiktok.signed_in == "mia"


def test_open_id_looks_like_one_of_tiktok(tiktok: World) -> None:
    assert re.fullmatch(r"-000[\w-]{32}", tiktok.open_id("mia", DRAMA))


def test_open_id_is_the_same_at_each_call(tiktok: World) -> None:
    assert tiktok.open_id("mia", DRAMA) == tiktok.open_id("mia", DRAMA)


def test_open_id_differs_by_person_and_app(tiktok: World) -> None:
    pairs = [("mia", DRAMA), ("mia", GAME), ("noah", DRAMA), ("noah", GAME)]
    assert len({tiktok.open_id(*pair) for pair in pairs}) == 4


def test_union_id_joins_the_apps_of_one_developer(tiktok: World) -> None:
    assert tiktok.union_id("mia", DRAMA) == tiktok.union_id("mia", GAME)


def test_union_id_differs_by_person(tiktok: World) -> None:
    assert tiktok.union_id("mia", DRAMA) != tiktok.union_id("noah", DRAMA)


def test_union_id_differs_by_developer(tiktok: World) -> None:
    tiktok.add_app("mnother", "secret", developer="another studio")
    assert tiktok.union_id("mia", "mnother") != tiktok.union_id("mia", DRAMA)


def test_added_app_can_exchange_codes(tiktok: World, api: Api) -> None:
    tiktok.add_app("mnother", "other secret")
    code = tiktok.issue_code("mnother")
    answer = api.exchange(code, client_key="mnother", client_secret="other secret")
    assert answer.json()["open_id"] == tiktok.open_id("mia", "mnother")


def test_added_person_can_sign_in(tiktok: World) -> None:
    tiktok.add_person("zoe", "Zoë")
    tiktok.sign_in("zoe")
    assert tiktok.signed_in == "zoe"


def test_reset_forgets_people_apps_and_clock(tiktok: World) -> None:
    tiktok.add_person("zoe", "Zoë")
    tiktok.add_app("mnother", "secret")
    tiktok.clock = lambda: 0
    tiktok.reset()
    assert (len(tiktok.people), len(tiktok.apps)) == (3, 3)
    assert tiktok.clock() > 0


def test_reset_restores_the_rules(tiktok: World) -> None:
    usual = (tiktok.access_lifetime, tiktok.refresh_lifetime, False, 0)
    tiktok.access_lifetime = tiktok.refresh_lifetime = 1
    tiktok.reuse_kills, tiktok.latency = True, 9
    tiktok.reset()
    rules = (tiktok.access_lifetime, tiktok.refresh_lifetime)
    assert (*rules, tiktok.reuse_kills, tiktok.latency) == usual


def test_reset_forgets_codes_and_faults(tiktok: World, api: Api, code: str) -> None:
    tiktok.order_fault("html_502")
    tiktok.reset()
    assert api.exchange(code).json()["error"] == "invalid_grant"


def test_secret_is_not_in_the_repr_of_an_app(tiktok: World) -> None:
    assert CREDENTIALS["client_secret"] not in repr(tiktok.apps)


def test_tokens_are_not_in_the_repr_of_a_pair(tiktok: World, code: str) -> None:
    pair = tiktok.redeem_code(code, DRAMA)
    assert pair is not None
    assert pair.access_token not in repr(pair)


def test_old_requests_are_forgotten_in_the_end(tiktok: World) -> None:
    seen = RecordedRequest(endpoint="token", method="POST", status=200)
    for _ in range(REMEMBERED_REQUESTS + 1):
        tiktok.record(seen)
    assert len(tiktok.requests) == REMEMBERED_REQUESTS
