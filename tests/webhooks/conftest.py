"""TikTok's side of a webhook, written from its documentation and from nothing else."""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.fixtures import DRAMA
from ttminis_auth.models import Identity
from ttminis_auth.signals import webhook_received

URL = "/hooks/tiktok/"
SECRET = "simulated-drama-secret"
JSON = "application/json"
HOUR = 3600

Deliver = Callable[..., Any]


def packed(**fields: Any) -> bytes:
    """Return the body of an event, the content packed into a string as TikTok does."""
    said = {
        "client_key": DRAMA,
        "event": "authorization.removed",
        "create_time": int(time.time()),
        "user_openid": "",
        "content": {"reason": 1},
    } | fields
    said["content"] = json.dumps(said["content"])
    return json.dumps(said).encode()


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """Return the value of ``TikTok-Signature``."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), stamp.encode() + b"." + body, "sha256")
    return f"t={stamp},s={mac.hexdigest()}"


@pytest.fixture
def post(client: Client) -> Deliver:
    """Post a body with a header as they are."""

    def send(body: bytes, header: str, *, by: Client = client, **extra: Any) -> Any:
        headers = {"TikTok-Signature": header}
        return by.post(URL, body, content_type=JSON, headers=headers, **extra)

    return send


@pytest.fixture
def deliver(db: None, post: Deliver) -> Deliver:
    """Send an event as TikTok does; fields of the event are keywords."""

    def send(
        *, secret: str = SECRET, at: float | None = None, by: Any = None, **fields: Any
    ) -> Any:
        body = packed(**fields)
        how = {"by": by} if by else {}
        return post(body, signed(body, secret, at), **how)

    return send


@pytest.fixture
def identity(authorize: Any) -> Identity:
    """Mia, who consented in the drama app and is logged in to the test client."""
    authorize("mia")
    return Identity.objects.get()


@pytest.fixture
def remove(deliver: Deliver, identity: Identity) -> Deliver:
    """Tell that Mia removed the app."""

    def send(reason: int = 1, **fields: Any) -> Any:
        named = {"user_openid": identity.open_id, "content": {"reason": reason}}
        return deliver(**named | fields)

    return send


@pytest.fixture
def heard() -> Any:
    """What receivers of ``webhook_received`` got, as keyword arguments."""
    calls: list[dict[str, Any]] = []

    def note(**kwargs: Any) -> None:
        calls.append(kwargs)

    webhook_received.connect(note)
    yield calls
    webhook_received.disconnect(note)


@pytest.fixture
def receiver() -> Any:
    """Connect receivers for this test: ``receiver(function)``."""
    connected: list[Any] = []

    def connect(function: Any) -> None:
        webhook_received.connect(function, weak=False)
        connected.append(function)

    yield connect
    for function in connected:
        webhook_received.disconnect(function)


@pytest.fixture
def everything_logged(caplog: Any) -> Callable[[], str]:
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(f"{r.getMessage()} {r.exc_text}" for r in caplog.records)
