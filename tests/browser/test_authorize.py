"""Consent in a page; js/tests/sdk.test.ts tests each shape of the SDK's answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from playwright.sync_api import Locator, expect

from .conftest import CLIENT_KEY, Visit

pytestmark = pytest.mark.browser

BUTTON = "[data-ttminis=authorize]"
GRANTED = ["user.info.open_id", "user.info.basic"]

CANCELLED = {"error": {"error_code": 102601, "error_msg": "user cancelled"}}


@pytest.fixture
def mia(visit: Visit) -> User:
    """The user of a silent login."""
    visit.open()
    visit.event("login")
    return get_user_model().objects.get()


@pytest.fixture
def short_timeout(settings: Any) -> None:
    settings.TTMINIS_SDK_TIMEOUT = timedelta(seconds=0.6)


def press(visit: Visit, path: str = "/stage/?quiet") -> None:
    visit.open(path)
    visit.page.click(BUTTON)


def status(visit: Visit) -> Locator:
    return visit.page.locator(f"{BUTTON} + [role=status]")


def assert_nothing_changed(visit: Visit, user: User) -> None:
    """The button is enabled again, and the session has the same user."""
    expect(visit.page.locator(BUTTON)).to_have_attribute("aria-disabled", "false")
    visit.open("/stage/?quiet")
    assert visit.who() == user.username


def test_a_consent_needs_one_sdk_call(visit: Visit) -> None:
    press(visit)
    detail = visit.event("authorize")
    assert detail["ttminis"]["profile"]["display_name"] == "Mia"
    assert visit.sdk_calls() == 1


def test_the_sdk_gets_the_requested_scopes(visit: Visit) -> None:
    visit.use_sdk("consent_callback")
    press(visit, "/stage/?quiet&scopes")
    assert visit.event("authorize")["grantedScopes"] == GRANTED
    assert visit.page.evaluate("__asked") == {
        "scope": "user.info.basic",
        "returnScopes": True,
    }


def test_granted_scopes_are_absent_if_not_requested(visit: Visit) -> None:
    visit.use_sdk("consent_callback")
    press(visit)
    assert "grantedScopes" not in visit.event("authorize")


def test_scopes_of_the_server_differ_from_those_of_the_sdk(
    visit: Visit, tiktok: Any
) -> None:
    narrow = tiktok.issue_code(CLIENT_KEY)
    answer = {"code": narrow, "grantedScopes": "user.info.basic"}
    visit.use_sdk("says", says={"to": "success", "answer": answer}, method="authorize")
    press(visit)
    detail = visit.event("authorize")
    assert detail["grantedScopes"] == ["user.info.basic"]
    assert detail["ttminis"]["scopes"] == ["user.info.open_id"]


def test_consent_upgrades_the_same_user(visit: Visit, mia: User) -> None:
    press(visit)
    detail = visit.event("authorize")
    assert detail["user"]["id"] == mia.pk
    assert detail["changed"] is False
    expect(status(visit)).to_have_text("Thank you for sharing it.")


def test_a_consent_stores_the_profile_in_the_session_of_the_page(
    visit: Visit, mia: User
) -> None:
    press(visit)
    visit.event("authorize")
    session = visit.page.evaluate("TTMinisAuth.session")
    assert session["userId"] == str(mia.pk)
    assert session["ttminis"]["profile"]["display_name"] == "Mia"


def test_a_consent_with_a_pending_profile_succeeds(
    visit: Visit, mia: User, tiktok: Any
) -> None:
    tiktok.order_fault("html_502", endpoint="user_info")
    press(visit)
    assert visit.event("authorize")["ttminis"]["profile_pending"] is True
    text = "Thank you. Your name and picture will follow."
    expect(status(visit)).to_have_text(text)
    assert_nothing_changed(visit, mia)


@pytest.mark.usefixtures("short_timeout")
def test_a_failed_consent_reports_an_error_and_keeps_the_login(
    visit: Visit, mia: User
) -> None:
    visit.use_sdk("throws", method="authorize")
    press(visit)
    detail = visit.event("error")
    assert (detail["code"], detail["process"]) == ("sdk_failed", "authorize")
    assert_nothing_changed(visit, mia)


def test_a_cancelled_consent_shows_no_error_message(visit: Visit, mia: User) -> None:
    says = {"to": "fail", "answer": CANCELLED}
    visit.use_sdk("says", says=says, method="authorize")
    press(visit)
    assert visit.event("error")["code"] == "cancelled"
    expect(status(visit)).to_be_empty()
    assert_nothing_changed(visit, mia)


def keep_dialog_open(visit: Visit) -> None:
    visit.page.add_init_script("window.__holdConsent = true;")


@pytest.mark.usefixtures("short_timeout")
def test_a_consent_may_take_longer_than_the_sdk_timeout(visit: Visit) -> None:
    keep_dialog_open(visit)
    press(visit)
    visit.until("Boolean(window.agree)")
    visit.page.wait_for_timeout(1000)
    assert visit.event_names() == []
    visit.page.evaluate("agree()")
    assert visit.event("authorize")["changed"] is True


def test_a_lost_consent_dialog_times_out_after_five_minutes(
    visit: Visit, mia: User
) -> None:
    visit.page.clock.install()
    keep_dialog_open(visit)
    press(visit)
    visit.until("Boolean(window.agree)")
    visit.page.clock.fast_forward("05:01")
    assert visit.event("error")["code"] == "sdk_timeout"
    assert_nothing_changed(visit, mia)


def test_a_late_answer_of_a_lost_consent_dialog_is_ignored(
    visit: Visit, tiktok: Any
) -> None:
    visit.page.clock.install()
    keep_dialog_open(visit)
    press(visit)
    visit.until("Boolean(window.agree)")
    visit.page.clock.fast_forward("05:01")
    visit.event("error")
    visit.page.evaluate("agree()")
    visit.page.wait_for_timeout(100)
    assert tiktok.requests == []


def test_a_second_authorize_call_shares_the_open_dialog(visit: Visit) -> None:
    keep_dialog_open(visit)
    visit.open("/stage/?quiet")
    both = "Promise.all([TTMinisAuth.authorize(), TTMinisAuth.authorize({})])"
    visit.page.evaluate(f"() => {{ window.both = {both}; }}")
    visit.until("Boolean(window.agree)")
    visit.page.evaluate("agree()")
    assert visit.page.evaluate("both.then(([a, b]) => a === b)")
    assert visit.sdk_calls() == 1


def test_a_consent_waits_for_a_running_login(visit: Visit) -> None:
    visit.hold()
    visit.open()
    visit.until("window.__sdkCalls > 0")
    visit.page.click(BUTTON)
    assert visit.sdk_calls() == 1
    visit.release()
    assert visit.event("authorize")["changed"] is False
    assert visit.event_names() == ["login", "authorize"]


def test_returning_from_the_consent_dialog_starts_no_login(visit: Visit) -> None:
    keep_dialog_open(visit)
    visit.open()
    visit.event("login")
    visit.page.click(BUTTON)
    visit.until("Boolean(window.agree)")
    visit.page.evaluate("() => { show(); agree(); }")
    visit.event("authorize")
    visit.page.wait_for_timeout(100)
    assert visit.event_names() == ["login", "authorize"]


@pytest.mark.usefixtures("mia")
def test_a_logout_does_not_wait_for_an_open_consent_dialog(
    visit: Visit, tiktok: Any
) -> None:
    keep_dialog_open(visit)
    press(visit)
    visit.until("Boolean(window.agree)")
    visit.page.evaluate("() => { TTMinisAuth.logout(); }")
    visit.event("logout")
    tiktok.clear_requests()
    visit.page.evaluate("agree()")
    visit.page.wait_for_timeout(100)
    assert visit.event_names() == ["error", "logout"]
    assert tiktok.requests == []


def test_a_logout_cancels_a_consent_that_has_not_begun(visit: Visit) -> None:
    visit.hold()
    visit.open()
    visit.until("window.__sdkCalls > 0")
    visit.page.click(BUTTON)
    visit.page.evaluate("() => { TTMinisAuth.logout(); }")
    visit.release()
    visit.event("logout")
    assert visit.event("error")["code"] == "cancelled"
    assert visit.sdk_calls() == 1


@pytest.mark.usefixtures("mia")
def test_a_consent_ends_an_earlier_logout(visit: Visit) -> None:
    visit.page.evaluate("TTMinisAuth.logout()")
    press(visit)
    assert visit.event("authorize")["changed"] is True
    visit.open()
    assert visit.event("login")["changed"] is False


def test_a_rejected_code_opens_no_second_consent_dialog(
    visit: Visit, tiktok: Any
) -> None:
    spent = visit.new_consent()
    tiktok.expire_codes()
    visit.new_consent = lambda: spent
    visit.refusals_expected = True
    press(visit)
    assert visit.event("error")["code"] == "code_rejected"
    assert visit.sdk_calls() == 1
    expect(visit.page.locator(BUTTON)).to_have_attribute("aria-disabled", "false")


def test_a_consent_of_another_account_is_refused(
    visit: Visit, mia: User, tiktok: Any
) -> None:
    visit.new_consent = lambda: tiktok.issue_code(CLIENT_KEY, "noah", scopes=GRANTED)
    visit.refusals_expected = True
    press(visit)
    assert visit.event("error")["code"] == "account_mismatch"
    expect(status(visit)).to_have_text("You are logged in with another account.")
    assert_nothing_changed(visit, mia)


@pytest.mark.parametrize("target", ["/stage/%3Farrived", "https://elsewhere.example/"])
def test_a_consent_ignores_next(target: str, visit: Visit) -> None:
    press(visit, f"/stage/?quiet&next={target}")
    visit.event("authorize")
    visit.page.wait_for_timeout(200)
    assert visit.page.url.endswith(f"next={target}")


@pytest.fixture
def dialog(visit: Visit, settings: Any, live_server: Any) -> Visit:
    """The simulator's own consent dialog, opened after a silent login."""
    settings.TTMINIS_SDK_URL = f"{live_server.url}/tiktok/sdk.js"
    visit.open("/stage/?scopes")
    visit.event("login")
    visit.page.click(BUTTON)
    return visit


def test_allowing_in_the_simulator_s_dialog_stores_the_profile(dialog: Visit) -> None:
    dialog.page.click("dialog button[value=allow]")
    detail = dialog.event("authorize")
    assert detail["ttminis"]["profile"]["display_name"] == "Mia"
    assert detail["grantedScopes"] == sorted(GRANTED)


def test_refusing_in_the_simulator_s_dialog_changes_nothing(dialog: Visit) -> None:
    dialog.page.click("dialog button[value=refuse]")
    assert dialog.event("error")["code"] == "cancelled"
    expect(status(dialog)).to_be_empty()
    assert_nothing_changed(dialog, get_user_model().objects.get())
