"""Which of TikTok's apps a session came from, and what the project keeps in it."""

from __future__ import annotations

from django.http import HttpRequest

SESSION_KEY = "ttminis_client_key"

# What Django and allauth note about a login, and not about the person's doings.
_OF_THE_LOGIN = ("_auth_user_", "account_", "socialaccount_", SESSION_KEY)


def is_from_app(request: HttpRequest, client_key: str) -> bool:
    """Return whether the session's last login was a Minis login of this app."""
    return bool(request.session.get(SESSION_KEY) == client_key)


def remember_app(request: HttpRequest, client_key: str | None) -> None:
    """Note how the user who logs in right now came here; None: not through Minis."""
    if client_key is not None:
        request.session[SESSION_KEY] = client_key
    elif SESSION_KEY in request.session:
        del request.session[SESSION_KEY]


def data(request: HttpRequest) -> dict[str, object]:
    """Return what the project keeps in the session, without what a login put there."""
    items = request.session.items()
    return {key: value for key, value in items if not key.startswith(_OF_THE_LOGIN)}
