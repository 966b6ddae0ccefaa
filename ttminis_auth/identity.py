"""What TikTok's answers mean to allauth. No HTTP, no database, no request.

The one place where TikTok's words (``open_id``) and allauth's (``uid``) meet.
"""

from __future__ import annotations

from typing import Any

from django.utils.crypto import get_random_string

from .tiktok.types import TokenGrant

_USERNAME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def uid(token_grant: TokenGrant) -> str:
    """Return allauth's ``uid`` for the person who was granted a token."""
    return token_grant.open_id


def extra_data(token_grant: TokenGrant) -> dict[str, Any]:
    """Return what this grant alone tells about the person.

    A silent login knows the open_id and nothing else (tiktok-minis-silent-login).
    """
    return {"open_id": token_grant.open_id}


def merged_extra_data(stored: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Return ``stored`` brought up to date, without forgetting anything.

    allauth would store ``fresh`` as it is; after a silent login that would erase the
    name and avatar which the person once agreed to share.
    """
    known = {key: value for key, value in fresh.items() if value is not None}
    return {**stored, **known}


def common_fields(token_grant: TokenGrant) -> dict[str, Any]:
    """Return the fields for allauth's ``populate_user``: no e-mail, no name."""
    return {"username": neutral_username()}


def neutral_username() -> str:
    """Return a new username that says nothing about the person.

    Drawn at random, not made from the open_id: usernames are shown to other people,
    who must not be able to recognise a TikTok user by one. Nor can a stranger
    register the name that somebody's first login is going to want.
    """
    return f"user_{get_random_string(12, _USERNAME_ALPHABET)}"


def profile(stored: dict[str, Any]) -> dict[str, Any] | None:
    """Return the profile kept in an account's ``extra_data``, or None without one."""
    found = {key: stored.get(key) for key in ("display_name", "avatar_url")}
    return found if any(found.values()) else None
