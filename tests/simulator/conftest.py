"""A bare client for the simulated TikTok: it sends what a test says, and no more.

And a bare receiver of its webhooks, which answers what a test says.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import requests

from ttminis_auth.simulator.world import World
from ttminis_auth.testing.server import SimulatorServer

DRAMA = "mnsimdrama000001"
GAME = "mnsimgame0000002"
CREDENTIALS = {"client_key": DRAMA, "client_secret": "simulated-drama-secret"}
GAME_CREDENTIALS = {"client_key": GAME, "client_secret": "simulated-game-secret"}
BASIC = ("user.info.basic", "user.info.open_id")


class Api:
    """One app's connection to the simulator."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self.session = session

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"timeout": 30, "allow_redirects": False, **options}
        return self.session.request(method, self.url + path, **options)

    def token(self, **fields: Any) -> requests.Response:
        return self.call("POST", "/v2/oauth/token/", data={**CREDENTIALS, **fields})

    def exchange(self, code: str, **fields: Any) -> requests.Response:
        return self.token(grant_type="authorization_code", code=code, **fields)

    def refresh(self, refresh_token: str, **fields: Any) -> requests.Response:
        fields["refresh_token"] = refresh_token
        return self.token(grant_type="refresh_token", **fields)

    def revoke(self, token: str, **fields: Any) -> requests.Response:
        data = {**CREDENTIALS, "token": token, **fields}
        return self.call("POST", "/v2/oauth/revoke/", data=data)

    def user_info(self, access_token: str, fields: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.call("GET", f"/v2/user/info/?fields={fields}", headers=headers)

    def sdk(self, call: str, **fields: Any) -> Any:
        fields = {"client_key": DRAMA, **fields}
        return self.call("POST", f"/sdk/{call}/", json=fields).json()


def verify(body: bytes, header: str, secret: str) -> int:
    """Return when ``body`` was signed; by hand, as webhooks-verification tells it."""
    parts = dict(part.split("=") for part in header.split(","))
    payload = parts["t"].encode() + b"." + body
    digest = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(digest, parts["s"])
    return int(parts["t"])


class Arrival:
    """One webhook as the receiver read it from the socket."""

    def __init__(self, headers: Any, body: bytes) -> None:
        self.headers = headers
        self.body = body

    @property
    def payload(self) -> dict[str, Any]:
        """The envelope, with its content opened."""
        payload: dict[str, Any] = json.loads(self.body)
        return {**payload, "content": json.loads(payload["content"])}

    def signed_at(self, secret: str = CREDENTIALS["client_secret"]) -> int:
        return verify(self.body, self.headers["TikTok-Signature"], secret)


class Receiver(HTTPServer):
    """An app's webhook: one thread, and ``status`` for an answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.arrivals: list[Arrival] = []
        self.status = 200
        self.meanwhile: Callable[[], Any] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhook/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # TikTok has lost its patience, and hung up


class ReceiverHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.arrivals.append(Arrival(self.headers, body))
        self.server.meanwhile()
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver(tiktok: World) -> Iterator[Receiver]:
    """Where TikTok tells the drama what happened."""
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        tiktok.set_webhook_url(DRAMA, server.url)
        yield server
        tiktok.wait_for_webhooks()
        server.shutdown()
        thread.join()


@pytest.fixture
def api(tiktok: World, tiktok_server: SimulatorServer) -> Iterator[Api]:
    with requests.Session() as session:
        yield Api(tiktok_server.url, session)


@pytest.fixture
def code(tiktok: World) -> str:
    return tiktok.issue_code(DRAMA)


@pytest.fixture
def tokens(api: Api, code: str) -> dict[str, Any]:
    """What a silent login by mia is answered."""
    answer: dict[str, Any] = api.exchange(code).json()
    return answer


@pytest.fixture
def consented(api: Api, tiktok: World) -> str:
    """An access token for mia's profile."""
    code = tiktok.issue_code(DRAMA, scopes=BASIC)
    return str(api.exchange(code).json()["access_token"])


def at_once(count: int, call: Callable[[], requests.Response]) -> list[int]:
    """Make `count` calls at the same time and return their statuses, sorted."""
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(call) for _ in range(count)]
        return sorted(future.result().status_code for future in futures)
