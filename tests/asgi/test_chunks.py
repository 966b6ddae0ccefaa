"""A proxy may send a body in chunks, without a Content-Length."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.asgi.servers import running
from tests.asgi.test_event_loop import APP_CODE, CODE, CSRF
from tests.endpoints.hosted.hosted_page import ORIGIN
from tests.fixtures import DRAMA
from tests.tokens.processes import environment
from tests.webhooks.conftest import URL as WEBHOOK
from tests.webhooks.conftest import packed, signed
from ttminis_auth.endpoints.inputs import MAX_BODY
from ttminis_auth.models import Identity
from ttminis_auth.webhooks.views import MAX_BODY as MAX_WEBHOOK

pytestmark = pytest.mark.process
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OURS = {name.replace("_", "-"): value for name, value in CSRF.items()}


class Proxy:
    """Send bodies in chunks of a given size."""

    def __init__(self, port: int) -> None:
        self.port = port

    def post(self, path: str, body: bytes, size: int = 7, **headers: str) -> Any:
        chunks = (body[at : at + size] for at in range(0, len(body), size))
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as server:
            # Without a length, http.client sends chunks.
            server.request("POST", path, chunks, headers)
            answer = server.getresponse()
            content = answer.read()
        is_json = answer.headers.get_content_type() == "application/json"
        return answer.status, json.loads(content) if is_json else content

    def post_raw(self, path: str, raw: bytes, **headers: str) -> int:
        """Send ``raw`` where chunks should be, and return the status."""
        sent = {"Host": "127.0.0.1", "Transfer-Encoding": "chunked", **headers}
        lines = [f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as server:
            server.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
            server.shutdown(socket.SHUT_WR)
            answer = HTTPResponse(server)
            answer.begin()
            return answer.status


@pytest.fixture(params=["gunicorn", "uvicorn", "daphne"])
def proxy(
    request: Any, database: dict[str, str], tiktok_server: Any, tmp_path: Path
) -> Iterator[Proxy]:
    environ = environment(tiktok_server.url) | database
    environ["DJANGO_SETTINGS_MODULE"] = "tests.asgi.settings"
    with running(request.param, environ, tmp_path / "log") as site:
        yield Proxy(site.port)


def login(tiktok: Any, **fields: str) -> dict[str, str]:
    return {"code": tiktok.issue_code(DRAMA, "mia"), **fields}


def test_chunked_logins_and_a_chunked_webhook_are_accepted(
    proxy: Proxy, tiktok: Any
) -> None:
    as_json = json.dumps(login(tiktok)).encode()
    as_form = urlencode(login(tiktok)).encode()
    hosted = json.dumps(login(tiktok)).encode()
    answers = [
        proxy.post(CODE, as_json, **JSON, **OURS),
        proxy.post(CODE, as_form, **FORM, **OURS),
        proxy.post(APP_CODE, hosted, Origin=ORIGIN, **JSON),
    ]

    assert [status for status, _ in answers] == [200, 200, 200]
    identity = Identity.objects.get()
    event = packed(user_openid=identity.open_id)
    headers = {"TikTok-Signature": signed(event), **JSON}
    assert proxy.post(WEBHOOK, event, **headers)[0] == 200
    identity.refresh_from_db()
    assert identity.state == Identity.State.REMOVED


def test_a_chunked_body_over_the_limit_is_refused(proxy: Proxy, tiktok: Any) -> None:
    padding = "x" * MAX_BODY
    as_json = json.dumps(login(tiktok, padding=padding)).encode()
    as_form = urlencode(login(tiktok, padding=padding)).encode()
    event = packed(padding="x" * MAX_WEBHOOK)
    refused = [
        proxy.post(CODE, as_json, 4096, **JSON, **OURS),
        proxy.post(CODE, as_form, 4096, **FORM, **OURS),
        proxy.post(APP_CODE, as_json, 4096, Origin=ORIGIN, **JSON),
    ]

    assert [status for status, _ in refused] == [400] * 3
    assert {answer["errors"][0]["code"] for _, answer in refused} == {"invalid_request"}
    headers = {"TikTok-Signature": signed(event), **JSON}
    assert proxy.post(WEBHOOK, event, 4096, **headers)[0] == 400
    assert tiktok.requests == []


@pytest.mark.parametrize("proxy", ["gunicorn"], indirect=True)
def test_malformed_chunks_are_refused(proxy: Proxy) -> None:
    """The ASGI servers refuse these themselves, before Django is called."""
    ways = [(CODE, OURS), (APP_CODE, {"Origin": ORIGIN}), (WEBHOOK, {})]
    statuses = {
        proxy.post_raw(path, raw, **headers, **JSON)
        for path, headers in ways
        for raw in (b"", b"not a size\r\n", b"5\r\n{}")
    }

    assert statuses == {400}
