"""What a package does on TikTok's host, where no cookie of ours arrives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.waiting import until

from .servers import Exchange
from .visitors import TRACES, ChromiumVisitor

pytestmark = pytest.mark.browser

NOTE = "TTMinisAuth.fetch('/api/drf/session')"
# TikTok shows the page again; the SDK listens for this.
SHOW = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def mia(visitor: ChromiumVisitor) -> ChromiumVisitor:
    """Mia has opened the page and is logged in."""
    visitor.open()
    visitor.event("login")
    visitor.who()
    return visitor


def exchanged_codes(tiktok: Any) -> int:
    """Return how many codes have reached TikTok."""
    return len([each for each in tiktok.requests if each.endpoint == "token"])


def session() -> Session:
    """Return the only session that is alive on the server."""
    return Session.objects.get(expire_date__gt=timezone.now())


def session_key() -> str:
    return str(session().session_key)


def owner_of_session() -> int:
    return int(session().get_decoded()[USER_KEY])


def test_page_is_logged_in_without_a_click(mia: ChromiumVisitor) -> None:
    assert mia.token() == session_key()
    assert mia.who() == str(owner_of_session())
    assert mia.noise == []


def test_consent_brings_the_name(mia: ChromiumVisitor) -> None:
    mia.click("[data-ttminis=authorize]")
    mia.click("ttminis-simulator-consent button[value=allow]")
    profile = mia.event("authorize")["ttminis"]["profile"]
    assert profile["display_name"] == "Mia"
    assert mia.token() == session_key()


def test_reload_keeps_the_session(mia: ChromiumVisitor) -> None:
    before = session_key()
    mia.open()
    assert mia.event("login")["changed"] is False
    assert mia.token() == session_key() == before


def test_account_that_changes_in_tiktok_replaces_the_session(
    mia: ChromiumVisitor, tiktok: Any
) -> None:
    before = owner_of_session()
    tiktok.sign_in("noah")
    mia.ask(SHOW)
    noah = mia.event("login", count=2)["user"]["id"]
    assert noah == owner_of_session() == mia.ask("whoAmI()") != before


def test_logout_ends_the_session_and_stays_out(mia: ChromiumVisitor) -> None:
    mia.log_out()
    mia.open()
    assert mia.who() == "nobody"
    assert mia.token() is None
    until(lambda: not Session.objects.exists())


def test_expired_session_costs_one_login(mia: ChromiumVisitor, tiktok: Any) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    Session.objects.update(expire_date=yesterday)
    assert mia.status(NOTE) == 200
    assert exchanged_codes(tiktok) == 2
    assert mia.token() == session_key()


def test_ten_requests_that_meet_a_dead_session_cost_one_login(
    mia: ChromiumVisitor, tiktok: Any
) -> None:
    Session.objects.all().delete()
    ten = f"Promise.all(Array.from({{length: 10}}, () => {NOTE}))"
    assert mia.ask(f"{ten}.then((all) => all.map((each) => each.status))") == [200] * 10
    assert exchanged_codes(tiktok) == 2
    assert mia.token() == session_key()


def test_request_of_a_loading_page_waits_for_the_login(
    visitor: ChromiumVisitor, tiktok: Any, exchanges: list[Exchange]
) -> None:
    tiktok.order_fault("slow", endpoint="sdk", seconds=0.5)
    visitor.open()
    assert visitor.who() == str(owner_of_session())
    asked = [each for each in exchanges if each.path.startswith("/api/")]
    assert [(each.method, each.status) for each in asked] == [
        ("OPTIONS", 200),
        ("GET", 200),
    ]


def test_page_that_is_left_during_its_login_logs_in_when_it_comes_back(
    visitor: ChromiumVisitor, tiktok: Any
) -> None:
    tiktok.order_fault("slow", endpoint="token", seconds=4)
    with visitor.page.expect_request("**/app/code/"):
        visitor.open()
    visitor.open()
    logged_in = visitor.event("login")
    tiktok.release()
    assert str(logged_in["user"]["id"]) == visitor.who()
    assert get_user_model().objects.count() == 1


def test_visit_leaves_no_secret_behind(
    mia: ChromiumVisitor, exchanges: list[Exchange]
) -> None:
    secrets = [mia.token()]
    Session.objects.all().delete()
    with mia.page.expect_request("**/app/code/") as sent:
        mia.status(NOTE)
    secrets += [mia.token(), sent.value.post_data_json["code"]]
    mia.log_out()
    addresses = "".join(each.path + each.query for each in exchanges)
    traces = mia.ask(TRACES) + "".join(mia.noise) + addresses
    assert len(set(secrets)) == 3
    assert [secret for secret in secrets if secret in traces] == []
