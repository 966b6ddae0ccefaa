"""Fixtures that the whole suite shares: people, sessions, and ways to send a code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from ttminis_auth.core import counts

DRAMA = "mnsimdrama000001"
GAME = "mnsimgame0000002"

SendCode = Callable[..., Any]


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Rate limits live in the cache and must not outlast a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _nothing_counted():
    """Counts wait in memory for a minute and must not outlast a test either."""
    counts.unwritten.forget()
    yield
    counts.unwritten.forget()


@pytest.fixture
def code_url() -> str:
    return reverse("ttminis_login_by_code")


@pytest.fixture
def send_code(client: Client, tiktok: Any, code_url: str) -> SendCode:
    """Log in: ``send_code("mia")``, with further fields as keywords."""

    def send(
        handle: str = "mia", *, by: Client = client, url: str = code_url, **fields: Any
    ) -> Any:
        body = {"code": tiktok.issue_code(DRAMA, handle), **fields}
        return by.post(url, body, content_type="application/json")

    return send


@pytest.fixture
def local_user(db: None) -> Any:
    """A user with a password, and without TikTok."""
    return get_user_model().objects.create_user("olga", password="a long password")


@pytest.fixture
def olga(local_user: Any, client: Client) -> Any:
    """The local user, logged in by password in the test client."""
    client.login(username="olga", password="a long password")
    return local_user


BASIC = ("user.info.basic", "user.info.open_id")


@pytest.fixture
def authorize(client: Client, tiktok: Any, code_url: str) -> SendCode:
    """Consent: ``authorize("mia")``; ``scopes`` says to what."""

    def send(
        handle: str = "mia",
        *,
        by: Client = client,
        app: str = DRAMA,
        scopes: Any = BASIC,
        **fields: Any,
    ) -> Any:
        code = tiktok.issue_code(app, handle, scopes=scopes)
        body = {"code": code, "process": "authorize", "client_key": app, **fields}
        return by.post(code_url, body, content_type="application/json")

    return send


def error_code(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def open_id(response: Any) -> str:
    return str(response.json()["data"]["ttminis"]["open_id"])
