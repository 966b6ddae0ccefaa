"""The fixtures in a project with no settings for tests."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Api
from ttminis_auth.simulator.world import World
from ttminis_auth.testing.server import (
    SimulatorFailed,
    SimulatorServer,
    raise_failure,
)


@pytest.fixture
def stock(settings: Any) -> None:
    """What ``startproject`` writes, and Django's test set-up adds."""
    settings.ALLOWED_HOSTS = ["testserver"]


@pytest.mark.django_db
@pytest.mark.usefixtures("stock")
def test_consent_brings_the_profile(authorize: Any) -> None:
    payload = authorize("mia").json()["data"]["ttminis"]
    assert payload["profile"]["display_name"] == "Mia"
    assert not payload["profile_pending"]


@pytest.mark.usefixtures("stock")
def test_picture_is_where_the_server_is(
    api: Api, consented: str, tiktok_server: SimulatorServer
) -> None:
    known = api.user_info(consented, "avatar_url").json()["data"]["user"]
    assert known["avatar_url"].startswith(f"{tiktok_server.url}/")
    picture = requests.get(known["avatar_url"], timeout=30)
    assert picture.headers["Content-Type"] == "image/svg+xml"


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("path", ["/", "/sdk.js", "/v2/auth/authorize/"])
def test_all_other_pages_answer_too(api: Api, path: str) -> None:
    assert api.call("GET", path).status_code < 500
    raise_failure()


@pytest.mark.usefixtures("stock")
def test_no_proxy_of_the_project_s_counts(
    api: Api, consented: str, settings: Any
) -> None:
    settings.USE_X_FORWARDED_HOST = settings.SECURE_SSL_REDIRECT = True
    assert api.user_info(consented, "avatar_url").status_code == 200


def test_request_without_a_host_is_answered(
    tiktok: World, tiktok_server: SimulatorServer
) -> None:
    with socket.create_connection(("127.0.0.1", tiktok_server.server_port)) as line:
        line.sendall(b"GET /v2/auth/authorize/ HTTP/1.0\r\n\r\n")
        assert line.recv(12) in (b"HTTP/1.1 200", b"HTTP/1.1 400")


# A simulator that fails is no TikTok that fails.


@pytest.fixture
def broken(settings: Any) -> None:
    """A project in which the simulator cannot draw its pages."""
    settings.TEMPLATES = []


@pytest.mark.usefixtures("broken")
def test_failure_of_the_simulator_fails_the_test(api: Api) -> None:
    assert api.call("GET", "/").status_code == 500
    with pytest.raises(SimulatorFailed, match="TemplateDoesNotExist"):
        raise_failure()


@pytest.mark.usefixtures("broken")
def test_failure_is_raised_once(api: Api) -> None:
    api.call("GET", "/")
    with pytest.raises(SimulatorFailed):
        raise_failure()
    raise_failure()


def test_page_that_is_not_there_is_no_failure(api: Api, settings: Any) -> None:
    settings.TTMINIS_SIMULATOR_OPEN = False
    assert api.call("GET", "/").status_code == 404
    raise_failure()


def test_fault_that_was_ordered_is_none_either(api: Api, tiktok: World) -> None:
    tiktok.order_fault("server_error")
    assert api.exchange("any").status_code >= 400
    raise_failure()
