"""The health of a user's tokens, as the account page shows it."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.example.conftest import Visitor

TOKEN = re.compile(r"\b(act|rft|clt)\.\w")


@pytest.fixture
def mia(visitor: Visitor) -> Visitor:
    visitor.log_in_silently("mia")
    return visitor


def sql(visitor: Visitor, statement: str) -> None:
    with closing(sqlite3.connect(visitor.demo.database, timeout=20)) as database:
        database.execute(statement)
        database.commit()


def test_fresh_token_is_ok_and_has_an_end(mia: Visitor) -> None:
    found = mia.token_account()
    assert (found["state"], found["scopes"]) == ("ok", ["user.info.open_id"])
    assert found["until"].endswith("+00:00")


def test_consent_shows_as_a_scope(mia: Visitor) -> None:
    mia.consent()
    assert mia.token_account()["scopes"] == ["user.info.basic", "user.info.open_id"]


def test_good_token_works(mia: Visitor) -> None:
    assert mia.use_token() == "worked"


def test_expired_token_is_renewed_first(mia: Visitor) -> None:
    mia.end("access_tokens")
    assert [mia.use_token(), mia.use_token()] == ["renewed", "worked"]


def test_token_past_its_end_is_renewed_at_its_next_use(mia: Visitor) -> None:
    sql(mia, "UPDATE ttminis_auth_grant SET access_expires_at = issued_at")
    assert mia.token_account()["state"] == "expires_soon"
    assert mia.use_token() == "renewed"
    assert mia.token_account()["state"] == "ok"


def test_account_without_tokens_says_so(mia: Visitor) -> None:
    sql(mia, "DELETE FROM ttminis_auth_grant")
    assert mia.token_account()["state"] == "none"
    assert mia.use_token() == "needs_login"


def test_killed_tokens_need_a_new_login(mia: Visitor) -> None:
    mia.end("tokens")
    assert mia.use_token() == "needs_login"
    assert mia.token_account()["state"] == "dead"


@pytest.mark.parametrize("fault", ["user_info html_502", "user_info timeout"])
def test_tiktok_out_of_reach_costs_no_token(mia: Visitor, fault: str) -> None:
    mia.order("fault", fault=fault, times="1", seconds="0")
    assert [mia.use_token(), mia.use_token()] == ["not_reached", "worked"]


def test_refusal_that_is_not_about_the_token_renews_nothing(mia: Visitor) -> None:
    mia.order("fault", fault="user_info rate_limited", times="1")
    assert [mia.use_token(), mia.use_token()] == ["refused", "worked"]


def test_no_token_is_ever_shown(mia: Visitor) -> None:
    mia.end("access_tokens")
    used = mia.post(f"/me/tokens/{mia.token_account()['id']}/use/")
    pages = [mia.get(path) for path in ("/me/", "/me/connected/", "/me/tokens/")]
    for answer in (used, *pages):
        answer.raise_for_status()
        assert not TOKEN.search(answer.text)


def test_a_visitor_cannot_use_another_user_s_token(
    mia: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    noah = new_visitor()
    noah.log_in_silently("noah")
    theirs = f"/me/tokens/{mia.token_account()['id']}/use/"
    assert noah.post(theirs).status_code == 404
    noah.log_out()
    assert noah.post(theirs).status_code == 404


def test_token_is_not_used_by_a_link(mia: Visitor) -> None:
    assert mia.get(f"/me/tokens/{mia.token_account()['id']}/use/").status_code == 405


def test_ended_session_is_shown_without_an_error(mia: Visitor) -> None:
    mia.log_out()
    assert mia.get("/me/tokens/").json() == {"viewer": None, "accounts": []}
