"""The account page shows the health of the user's tokens."""

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


def test_a_new_token_is_ok_and_has_an_expiry(mia: Visitor) -> None:
    found = mia.token_account()
    assert (found["state"], found["scopes"]) == ("ok", ["user.info.open_id"])
    assert found["until"].endswith("+00:00")


def test_a_consent_adds_a_scope(mia: Visitor) -> None:
    mia.consent()
    assert mia.token_account()["scopes"] == ["user.info.basic", "user.info.open_id"]


def test_a_valid_token_works(mia: Visitor) -> None:
    assert mia.use_token() == "worked"


def test_an_expired_token_is_refreshed_before_its_use(mia: Visitor) -> None:
    mia.end("access_tokens")
    assert [mia.use_token(), mia.use_token()] == ["renewed", "worked"]


def test_a_token_past_its_expiry_is_refreshed_at_its_next_use(mia: Visitor) -> None:
    sql(mia, "UPDATE ttminis_auth_grant SET access_expires_at = issued_at")
    assert mia.token_account()["state"] == "expires_soon"
    assert mia.use_token() == "renewed"
    assert mia.token_account()["state"] == "ok"


def test_an_account_without_tokens_needs_a_login(mia: Visitor) -> None:
    sql(mia, "DELETE FROM ttminis_auth_grant")
    assert mia.token_account()["state"] == "none"
    assert mia.use_token() == "needs_login"


def test_tokens_ended_by_tiktok_need_a_login(mia: Visitor) -> None:
    mia.end("tokens")
    assert mia.use_token() == "needs_login"
    assert mia.token_account()["state"] == "dead"


@pytest.mark.parametrize("fault", ["user_info html_502", "user_info timeout"])
def test_an_outage_of_tiktok_costs_no_token(mia: Visitor, fault: str) -> None:
    mia.order("fault", fault=fault, times="1", seconds="0")
    assert [mia.use_token(), mia.use_token()] == ["not_reached", "worked"]


def test_a_rate_limit_of_tiktok_refreshes_no_token(mia: Visitor) -> None:
    mia.order("fault", fault="user_info rate_limited", times="1")
    assert [mia.use_token(), mia.use_token()] == ["refused", "worked"]


def test_no_page_shows_a_token(mia: Visitor) -> None:
    mia.end("access_tokens")
    used = mia.post(f"/me/tokens/{mia.token_account()['id']}/use/")
    pages = [mia.get(path) for path in ("/me/", "/me/connected/", "/me/tokens/")]
    for answer in (used, *pages):
        answer.raise_for_status()
        assert not TOKEN.search(answer.text)


def test_a_user_cannot_use_the_token_of_another(
    mia: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    noah = new_visitor()
    noah.log_in_silently("noah")
    theirs = f"/me/tokens/{mia.token_account()['id']}/use/"
    assert noah.post(theirs).status_code == 404
    noah.log_out()
    assert noah.post(theirs).status_code == 404


def test_a_token_cannot_be_used_by_a_get_request(mia: Visitor) -> None:
    assert mia.get(f"/me/tokens/{mia.token_account()['id']}/use/").status_code == 405


def test_an_ended_session_has_no_accounts(mia: Visitor) -> None:
    mia.log_out()
    assert mia.get("/me/tokens/").json() == {"viewer": None, "accounts": []}
