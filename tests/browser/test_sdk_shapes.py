"""A page with TikTok's SDK; js/tests/sdk.test.ts tests each shape of the SDK."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import BrowserContext

from tests.chromium import running

from .conftest import CLIENT_KEY, SDK_URL, Visit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    """One context for all tests: a new one for each would prove nothing more."""
    with running().new_context() as context:
        yield context


@pytest.fixture
def short_timeout(settings: Any) -> None:
    settings.TTMINIS_SDK_TIMEOUT = timedelta(seconds=0.6)


@pytest.mark.parametrize("sdk", ["options_only", "callback_only"])
def test_a_page_logs_in_with_one_sdk_call(sdk: str, visit: Visit) -> None:
    visit.use_sdk(sdk)
    visit.open()
    detail = visit.event("login")
    assert detail["changed"] is True
    assert get_user_model().objects.get().pk == detail["user"]["id"]
    assert visit.sdk_calls() == 1


@pytest.mark.usefixtures("short_timeout")
def test_an_sdk_that_never_answers_times_out(visit: Visit) -> None:
    visit.use_sdk("never_answers")
    visit.open()
    assert visit.event("error")["code"] == "sdk_timeout"
    assert visit.sdk_calls() == 1
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize("sdk", ["usual", "late"])
def test_sdk_is_initialised_once_with_the_client_key(sdk: str, visit: Visit) -> None:
    visit.use_sdk(sdk)
    visit.open()
    visit.ready()
    assert visit.page.evaluate("window.__inits") == [CLIENT_KEY]


def test_an_sdk_that_loads_late_logs_in(visit: Visit) -> None:
    def slowly(route: Any) -> None:
        time.sleep(0.7)
        route.fallback()

    visit.page.route(SDK_URL, slowly)
    visit.open()
    assert visit.event("login")["changed"] is True


@pytest.mark.usefixtures("short_timeout")
def test_an_sdk_that_cannot_be_loaded_means_not_in_tiktok(visit: Visit) -> None:
    visit.page.unroute(SDK_URL)
    visit.page.route(SDK_URL, lambda route: route.abort())
    visit.open()
    assert visit.event("error")["code"] == "not_in_tiktok"
    # Only the browser's own report of the missing script may be there.
    assert visit.noise.pop().startswith("Failed to load resource: net::ERR_FAILED")


def test_a_page_logs_in_with_the_simulator_s_sdk(
    visit: Visit, settings: Any, live_server: Any
) -> None:
    settings.TTMINIS_SDK_URL = f"{live_server.url}/tiktok/sdk.js"
    visit.open()
    assert visit.event("login")["ttminis"]["created"] is True
