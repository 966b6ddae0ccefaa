"""A test client that behaves like a TikTok-hosted page."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from tests.fixtures import DRAMA

SESSION = "/_allauth/app/v1/auth/session"
JSON = "application/json"


def origin_of(client_key: str) -> str:
    return f"https://minis-{client_key.lower()}-7f3kq9x2mdfab-1.tiktokminis.us"


ORIGIN = origin_of(DRAMA)
FOREIGN_ORIGIN = origin_of("mnanotherapp0001")


class HostedPage(Client):
    """Send an Origin and the last session token; fail if an answer sets a cookie."""

    def __init__(
        self, origin: str | None = ORIGIN, token: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.origin, self.token = origin, token

    def request(self, **environ: Any) -> Any:
        if self.origin is not None:
            environ.setdefault("HTTP_ORIGIN", self.origin)
        if self.token is not None:
            environ.setdefault("HTTP_X_SESSION_TOKEN", self.token)
        response = super().request(**environ)
        assert not response.cookies
        self.token = session_token(response) or self.token
        return response

    def me(self) -> Any:
        """Return the id of the user of the token, or None."""
        answer = self.get(SESSION).json()
        return answer["data"]["user"]["id"] if answer["status"] == 200 else None

    def session_of_token(self) -> SessionStore:
        """Return the server's session of the token."""
        return SessionStore(self.token)


def session_token(response: Any) -> str | None:
    """Return the session token in an answer, if any."""
    if response.headers.get("Content-Type") != JSON or not response.content:
        return None
    found = response.json()
    meta = found.get("meta") or {} if isinstance(found, dict) else {}
    token: str | None = meta.get("session_token")
    return token
