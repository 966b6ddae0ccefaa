"""Whether the visitor has logged out in this request, by whatever view."""

from __future__ import annotations

from django.http import HttpRequest

# Read by the page's script, which compares its value with the one it knows.
COOKIE = "ttminis_logout"

_ATTRIBUTE = "_ttminis_logged_out"


def note(request: HttpRequest) -> None:
    """Note that the session was ended because the visitor wanted it."""
    setattr(request, _ATTRIBUTE, True)


def forget(request: HttpRequest) -> None:
    """Note that a login followed, or that a refused login was all that was ended."""
    setattr(request, _ATTRIBUTE, False)


def is_noted(request: HttpRequest) -> bool:
    """Return whether the request ends with the visitor logged out."""
    return bool(getattr(request, _ATTRIBUTE, False))
