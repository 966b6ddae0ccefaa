"""Who is watching, in words that tell people apart."""

import hashlib
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest

from drama import progress

FIRST = ["Amber", "Brisk", "Calm", "Dusky", "Hazel", "Keen", "Misty", "Quiet"]
SECOND = ["Badger", "Crane", "Egret", "Gull", "Heron", "Lynx", "Otter", "Plover"]


def describe(request: HttpRequest) -> dict[str, Any]:
    """Return all that the page shows about its viewer, ready for JSON."""
    user = request.user
    return {
        "id": str(user.pk) if user.is_authenticated else None,
        "name": display(user) if user.is_authenticated else None,
        "hue": _digest(user.username)[3] * 360 // 256,
        "seen": progress.seen(request),
    }


def display(user: AbstractUser) -> str:
    """Return a name to greet by.

    A silent login knows no name: only consent would tell it. Instead of calling
    everybody "viewer", the username that was made up for them picks a nickname.
    """
    if user.get_full_name() or user.has_usable_password():
        return user.get_full_name() or user.get_username()
    first, second, third = _digest(user.get_username())[:3]
    return f"{FIRST[first % 8]} {SECOND[second % 8]} {third:02x}"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
