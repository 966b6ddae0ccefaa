"""Who a session's user is, as Django finds out at each request."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user
from django.contrib.sessions.backends import file
from django.http import HttpRequest
from django.test import Client

ENGINES = ("db", "cached_db", "cache", "file", "signed_cookies")


def use_engine(settings: Any, name: str, directory: Any) -> str:
    """Keep sessions with one of Django's engines; files lie in ``directory``."""
    settings.SESSION_FILE_PATH = str(directory)
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{name}"
    file.SessionStore._storage_path = str(directory)
    return name


def user_of(session: Any) -> Any:
    """Return the user of a session, or None."""
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    return user if user.is_authenticated else None


def is_logged_in(client: Client) -> bool:
    """Return whether the client's session has a user."""
    return user_of(client.session) is not None
