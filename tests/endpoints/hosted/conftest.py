"""Here ``client`` is a TikTok-hosted page, and ``send_code`` uses its endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests.endpoints.hosted.hosted_page import JSON, HostedPage
from tests.fixtures import DRAMA, GAME


@pytest.fixture
def client() -> HostedPage:
    return HostedPage()


@pytest.fixture
def code_url() -> str:
    return reverse("ttminis_app_code")


@pytest.fixture
def olga(local_user: Any, client: HostedPage) -> Any:
    """The local user, logged in by password with a token of her own."""
    body = {"username": "olga", "password": "a long password"}
    client.post("/_allauth/app/v1/auth/login", body, content_type=JSON)
    assert client.me() == local_user.pk
    return local_user


@pytest.fixture
def two_apps(settings: Any) -> None:
    drama, game = (
        {"client_id": DRAMA, "secret": "simulated-drama-secret"},
        {"client_id": GAME, "secret": "simulated-game-secret", "provider_id": "game"},
    )
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}


@pytest.fixture
def install(settings: Any) -> Callable[..., None]:
    """Insert a middleware after another one: ``install(path, after=path)``."""

    def install(path: str, *, after: str) -> None:
        position = settings.MIDDLEWARE.index(after) + 1
        settings.MIDDLEWARE = [
            *settings.MIDDLEWARE[:position],
            path,
            *settings.MIDDLEWARE[position:],
        ]

    return install
