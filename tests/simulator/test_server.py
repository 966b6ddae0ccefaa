"""The server that the fixtures run, and the fixtures themselves."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
import requests
from django.test import Client

from tests.simulator.conftest import CREDENTIALS, DRAMA, Api
from ttminis_auth.simulator.world import World, world
from ttminis_auth.testing.server import SimulatorServer


def test_fixture_points_the_package_at_the_server(
    tiktok: World, tiktok_server: SimulatorServer, settings: Any
) -> None:
    assert tiktok_server.url == settings.TTMINIS_API_BASE_URL
    assert tiktok_server.url.startswith("http://127.0.0.1:")


def test_fixture_is_the_world_of_the_process(tiktok: World) -> None:
    world.sign_in("noah")
    assert tiktok.signed_in == "noah"


def test_fixture_begins_afresh(request: pytest.FixtureRequest) -> None:
    world.sign_in("noah")
    tiktok = request.getfixturevalue("tiktok")
    assert tiktok.signed_in == "mia"


def test_one_session_needs_one_connection(
    tiktok_server: SimulatorServer, api: Api, tiktok: World
) -> None:
    before = tiktok_server.connections
    for _ in range(3):
        api.exchange(tiktok.issue_code(DRAMA))
    assert tiktok_server.connections == before + 1


def test_refusal_and_fault_keep_the_connection(
    tiktok_server: SimulatorServer, api: Api, tiktok: World
) -> None:
    before = tiktok_server.connections
    tiktok.order_fault("html_502")
    api.exchange("no-code")
    api.exchange("no-code")
    assert tiktok_server.connections == before + 1


def test_every_session_counts_as_a_connection(
    tiktok_server: SimulatorServer, tiktok: World
) -> None:
    before = tiktok_server.connections
    for _ in range(2):
        requests.get(tiktok_server.url, timeout=30)
    assert tiktok_server.connections == before + 2


def test_unknown_path_is_not_found(api: Api) -> None:
    assert api.call("GET", "/accounts/login/").status_code == 404


def test_server_is_quiet(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    api.exchange("no-code")
    api.call("GET", "/nowhere")
    assert capfd.readouterr() == ("", "")


def test_client_that_hangs_up_is_no_news(
    tiktok: World, api: Api, capfd: pytest.CaptureFixture[str]
) -> None:
    tiktok.order_fault("slow", seconds=0.2)
    with pytest.raises(requests.Timeout):
        api.call("GET", "/v2/oauth/token/", timeout=0.05)
    tiktok.release()
    api.exchange("no-code")
    assert capfd.readouterr() == ("", "")


def test_client_that_reads_half_an_answer_is_no_news(
    tiktok: World, api: Api, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    tiktok.order_fault("huge_body")
    data = {**CREDENTIALS, "grant_type": "authorization_code", "code": code}
    with api.call("POST", "/v2/oauth/token/", data=data, stream=True) as answer:
        assert answer.raw.read(10)
    api.exchange("no-code")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "is_told"), [(BrokenPipeError(), False), (LookupError(), True)]
)
def test_server_reports_its_errors_but_no_hang_up(
    error: Exception,
    is_told: bool,
    tiktok_server: SimulatorServer,
    capfd: pytest.CaptureFixture[str],
) -> None:
    try:
        raise error
    except type(error):
        tiktok_server.handle_error(None, ("127.0.0.1", 1))
    assert (type(error).__name__ in capfd.readouterr().err) == is_told


def test_server_asks_no_database(api: Api, code: str) -> None:
    # This test has not asked for a database, so pytest-django lets no query through:
    # whatever wanted one would be answered 500.
    assert api.exchange(code).status_code == 200
    assert api.call("GET", "/").status_code == 200


def test_second_server_has_a_port_of_its_own(tiktok_server: SimulatorServer) -> None:
    with SimulatorServer() as second:
        assert second.url != tiktok_server.url
        assert requests.get(second.url + "/sdk.js", timeout=30).status_code == 200


def test_closing_the_server_closes_idle_connections() -> None:
    with SimulatorServer() as server:
        client = socket.create_connection(("127.0.0.1", server.server_port))
        client.sendall(b"OPTIONS /sdk.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(4096)
    with client:
        client.settimeout(5)
        assert client.recv(4096) == b""


def test_closing_the_server_ends_its_thread() -> None:
    with SimulatorServer():
        before = threading.active_count()
    assert threading.active_count() < before


def test_simulator_can_be_mounted_in_a_project(client: Client, tiktok: World) -> None:
    answer = client.post(
        "/tiktok/sdk/login/", {"client_key": DRAMA}, content_type="application/json"
    )
    assert answer.json().keys() == {"code"}
