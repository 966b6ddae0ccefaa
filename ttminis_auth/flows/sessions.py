"""Which of TikTok's apps a session came from."""

from __future__ import annotations

from django.http import HttpRequest

SESSION_KEY = "ttminis_client_key"


def is_from_app(request: HttpRequest, client_key: str) -> bool:
    """Say whether the session's last login was a Minis login of this app."""
    return bool(request.session.get(SESSION_KEY) == client_key)


def remember_app(request: HttpRequest, client_key: str | None) -> None:
    """Note how the user who logs in right now came here; None: not through Minis."""
    if client_key is not None:
        request.session[SESSION_KEY] = client_key
    elif SESSION_KEY in request.session:
        del request.session[SESSION_KEY]
