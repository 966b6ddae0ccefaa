"""Every shape of TikTok's SDK that was documented or seen, and every way to fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, BrowserContext

from .conftest import CLIENT_KEY, SDK_URL, Visit

pytestmark = pytest.mark.browser

GOOD = [
    "options_only",
    "options_lenient",
    "callback_only",
    "promise",
    "promise_sent",
    "late",
    "throws_late",
    "answers_twice",
    "can_i_use",
    "gated",
]
BAD = [
    ("never_answers", "sdk_timeout", 1),
    ("missing", "not_in_tiktok", 0),
    ("throws", "sdk_failed", 0),
    ("init_throws", "sdk_failed", 0),
    ("unconfigured", "portal_misconfigured", 1),
    ("complete_only", "sdk_failed", 1),
    ("promise_rejects", "sdk_failed", 1),
    ("can_not", "unsupported", 0),
    ("no_login", "unsupported", 0),
]


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One for all: a fresh one each would prove nothing more about the SDK."""
    with chromium.new_context() as context:
        yield context


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.TTMINIS_SDK_TIMEOUT = timedelta(seconds=0.6)


@pytest.mark.parametrize("sdk", GOOD)
def test_page_logs_in_with_one_call_that_counts(sdk: str, visit: Visit) -> None:
    visit.use_sdk(sdk)
    visit.open()
    detail = visit.event("login")
    assert detail["changed"] is True
    assert get_user_model().objects.get().pk == detail["user"]["id"]
    assert visit.sdk_calls() == 1


@pytest.mark.parametrize(("sdk", "code", "calls"), BAD)
@pytest.mark.usefixtures("impatient")
def test_page_names_what_went_wrong(
    sdk: str, code: str, calls: int, visit: Visit
) -> None:
    visit.use_sdk(sdk)
    visit.open()
    assert visit.event("error")["code"] == code
    assert visit.sdk_calls() == calls
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize("sdk", ["usual", "late", "gated", "no_login"])
def test_sdk_is_initialised_once_with_the_client_key(sdk: str, visit: Visit) -> None:
    visit.use_sdk(sdk)
    visit.open()
    visit.ready()
    assert visit.page.evaluate("window.__inits") == [CLIENT_KEY]


def test_two_answers_of_the_sdk_make_one_request(visit: Visit, tiktok: Any) -> None:
    visit.use_sdk("answers_twice")
    visit.open()
    visit.ready()
    visit.page.wait_for_timeout(100)
    assert visit.event_names() == ["login"]
    assert [each.endpoint for each in tiktok.requests] == ["token"]


def test_script_that_arrives_late_logs_in(visit: Visit) -> None:
    def slowly(route: Any) -> None:
        time.sleep(0.7)
        route.fallback()

    visit.page.route(SDK_URL, slowly)
    visit.open()
    assert visit.event("login")["changed"] is True


@pytest.mark.usefixtures("impatient")
def test_script_that_cannot_be_loaded_means_not_in_tiktok(visit: Visit) -> None:
    visit.page.unroute(SDK_URL)
    visit.page.route(SDK_URL, lambda route: route.abort())
    visit.open()
    assert visit.event("error")["code"] == "not_in_tiktok"
    # The browser's own report of the lost script is all that may be there.
    assert visit.noise.pop().startswith("Failed to load resource: net::ERR_FAILED")


ERRORS = [
    ({"error": {"error_code": 102102}}, "portal_misconfigured", "102102"),
    ({"error": {"error_code": "102102"}}, "portal_misconfigured", "102102"),
    ({"error": {"errorCode": 102102}}, "portal_misconfigured", "102102"),
    ({"error_code": 102102}, "portal_misconfigured", "102102"),
    ({"error": 102102}, "portal_misconfigured", "102102"),
    ({"error": {"error_code": 102601}}, "cancelled", "102601"),
    ({"error": {"error_code": 10401}}, "sdk_failed", "10401"),
    ({"error": {"error_code": 0}, "code": "ignored"}, "sdk_failed", "0"),
    ({"error": "something broke"}, "sdk_failed", None),
    ("something broke", "sdk_failed", None),
    ({"authResponse": None}, "sdk_failed", None),
    ({"code": ""}, "sdk_failed", None),
    ({}, "sdk_failed", None),
    (None, "sdk_failed", None),
]


@pytest.mark.parametrize(("answer", "code", "sdk_code"), ERRORS)
def test_each_spelling_of_an_error_is_understood(
    answer: Any, code: str, sdk_code: str | None, visit: Visit
) -> None:
    visit.use_sdk("says", says={"to": "callback", "answer": answer})
    visit.open()
    detail = visit.event("error")
    assert (detail["code"], detail["sdkCode"]) == (code, sdk_code)
    assert visit.sdk_calls() == 1


def test_what_the_sdk_said_reaches_the_page(visit: Visit) -> None:
    error = {"error_code": "10401", "error_msg": "server busy"}
    visit.use_sdk("says", says={"to": "fail", "answer": {"error": error}})
    visit.open()
    assert visit.event("error")["sdkMessage"] == "server busy"


@pytest.mark.parametrize("to", ["success", "complete"])
def test_code_is_found_wherever_it_arrives(to: str, visit: Visit) -> None:
    code = visit.new_code()
    visit.use_sdk("says", says={"to": to, "answer": {"authResponse": {"code": code}}})
    visit.open()
    assert visit.event("login")["ttminis"]["client_key"] == CLIENT_KEY


def test_bare_string_given_to_success_is_the_code(visit: Visit) -> None:
    visit.use_sdk("says", says={"to": "success", "answer": visit.new_code()})
    visit.open()
    assert visit.event("login")["changed"] is True


def test_configured_style_is_the_only_one_tried(visit: Visit, settings: Any) -> None:
    settings.TTMINIS_SDK_CALL_STYLE = "callback"
    visit.use_sdk("options_only")
    visit.open()
    assert visit.event("error")["code"] == "sdk_failed"
    assert visit.sdk_calls() == 0


@pytest.mark.parametrize(
    ("style", "sdk"), [("options", "options_only"), ("callback", "callback_only")]
)
def test_configured_style_logs_in(
    style: str, sdk: str, visit: Visit, settings: Any
) -> None:
    settings.TTMINIS_SDK_CALL_STYLE = style
    visit.use_sdk(sdk)
    visit.open()
    assert visit.event("login")["changed"] is True


def test_simulator_speaks_the_language_of_the_page(
    visit: Visit, settings: Any, live_server: Any
) -> None:
    settings.TTMINIS_SDK_URL = f"{live_server.url}/tiktok/sdk.js"
    visit.open()
    assert visit.event("login")["ttminis"]["created"] is True
