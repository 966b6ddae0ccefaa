import json
from typing import Any

import pytest

from tests.example.conftest import manage

REAL = {"TTMINIS_CLIENT_KEY": "mnreal", "TTMINIS_CLIENT_SECRET": "a real secret"}
PRINT = """
import json
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from drama.middleware import policy
from ttminis_auth.conf import conf
try:
    reverse("ttminis_simulator:control")
    simulator = True
except NoReverseMatch:
    simulator = False
print(json.dumps({
    "apps": [
        app["client_id"]
        for provider in settings.SOCIALACCOUNT_PROVIDERS.values()
        for app in provider["APPS"]
    ],
    "installed": "ttminis_auth.simulator" in settings.INSTALLED_APPS,
    "served": simulator,
    "api": conf.TTMINIS_API_BASE_URL,
    "sdk": conf.TTMINIS_SDK_URL,
    "hook": reverse("ttminis_webhook"),
    "webhook_url": getattr(settings, "TTMINIS_SIMULATOR_WEBHOOK_URL", None),
    "policy": policy("n"),
    "hosted": settings.HOSTED,
    "suffixes": conf.TTMINIS_ORIGIN_SUFFIXES,
}))
"""


def settings_with(**env: str) -> dict[str, Any]:
    ran = manage("shell", "--no-imports", "-c", PRINT, EXAMPLE_DB=":memory:", **env)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.fixture(scope="module")
def simulated() -> dict[str, Any]:
    return settings_with(PORT="8123")


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    return settings_with(**REAL)


def test_simulated_tiktok_is_the_default(simulated: dict[str, Any]) -> None:
    assert simulated["api"] == "http://127.0.0.1:8123/tiktok"
    assert simulated["installed"]
    assert simulated["served"]


def test_the_simulator_sends_webhooks_to_the_example(simulated: dict[str, Any]) -> None:
    assert simulated["webhook_url"] == f"http://127.0.0.1:8123{simulated['hook']}"


def test_credentials_in_the_environment_switch_to_the_real_tiktok(
    real: dict[str, Any],
) -> None:
    assert real["apps"] == ["mnreal"]
    assert real["api"] == "https://open.tiktokapis.com"


def test_the_simulator_is_not_installed_with_real_credentials(
    real: dict[str, Any],
) -> None:
    assert not real["installed"]
    assert not real["served"]
    assert real["webhook_url"] is None


# Vite serves the front end of ``example_project/spa`` here.
VITE = "http://localhost:5173"


def test_the_second_port_is_allowed_with_the_simulator(
    simulated: dict[str, Any],
) -> None:
    assert simulated["hosted"]
    assert simulated["suffixes"] == ["http://localhost:8124", VITE]


def test_only_tiktok_s_origins_are_allowed_with_real_credentials(
    real: dict[str, Any],
) -> None:
    assert not real["hosted"]
    assert real["suffixes"] == ["tiktokminis.us"]


def test_the_second_port_is_not_open_to_other_machines() -> None:
    assert not settings_with(EXAMPLE_HOST="192.0.2.1")["hosted"]


@pytest.mark.parametrize("env", [REAL, {}], ids=["real", "simulated"])
def test_system_checks_report_nothing(env: dict[str, str]) -> None:
    command = ("check", "--fail-level", "WARNING")
    checked = manage(*command, EXAMPLE_DB=":memory:", **env)
    assert checked.returncode == 0, checked.stderr


def test_the_policy_allows_the_real_sdk(real: dict[str, Any]) -> None:
    assert "script-src 'self' https://connect.tiktok-minis.com" in real["policy"]


def test_the_policy_allows_real_avatars(real: dict[str, Any]) -> None:
    assert "img-src 'self' https://*.tiktokcdn.com" in real["policy"]
