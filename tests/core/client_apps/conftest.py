"""Several apps at once, each from the settings or from a row of ``SocialApp``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.test import Client

from tests.databases import PEOPLE
from tests.fixtures import DRAMA, GAME
from tests.web.conftest import OTHER_WEB, WEB
from tests.web.conftest import person as person  # a fixture

SECRETS = {
    DRAMA: "simulated-drama-secret",
    GAME: "simulated-game-secret",
    WEB: "simulated-web-secret",
    OTHER_WEB: "other-secret",
}
CONNECTIONS = "/accounts/3rdparty/"
HEADLESS_CONFIG = "/_allauth/browser/v1/config"
HEADLESS_ACCOUNTS = "/_allauth/browser/v1/account/providers"


def app(client_key: str, provider_id: str = "", *, hidden: bool = False) -> Any:
    """Return an app as the settings have it."""
    return {
        "client_id": client_key,
        "secret": SECRETS[client_key],
        "name": client_key,
        "provider_id": provider_id,
        "settings": {"hidden": True} if hidden else {},
    }


def add_row(app: dict[str, Any], provider: str = "ttminis") -> SocialApp:
    return SocialApp.objects.create(provider=provider, **app)


@pytest.fixture
def configure(settings: Any, db: None) -> Callable[..., None]:
    """Install apps: ``configure(settings=[…], rows=[…])``."""

    def install(settings_: Any = (), rows: Any = (), provider: str = "ttminis") -> None:
        providers = django_settings.SOCIALACCOUNT_PROVIDERS
        changed = {**providers[provider], "APPS": list(settings_)}
        settings.SOCIALACCOUNT_PROVIDERS = {**providers, provider: changed}
        for row in rows:
            add_row(row, provider)

    return install


@pytest.fixture
def send(tiktok: Any, code_url: str) -> Callable[..., Any]:
    """Log in with a code of an app in a new session, with or without its client key."""

    def post(of: str, *, named: bool = True, by: Client | None = None) -> Any:
        body = {"code": tiktok.issue_code(of, "mia")}
        body |= {"client_key": of} if named else {}
        return (by or Client()).post(code_url, body, content_type="application/json")

    return post


def check_ids() -> list[str]:
    """Return the ids of the messages of our system checks."""
    found = run_checks(databases=[PEOPLE])
    return [m.id for m in found if m.id and m.id.startswith("ttminis_auth")]
