"""What TikTok's answers mean to allauth. No HTTP, no database, no request.

The one place where TikTok's words (``open_id``) and allauth's (``uid``) meet.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.crypto import get_random_string

from .tiktok.types import TokenGrant, UserInfo

SEARCHABLE_LENGTH = 191
_USERNAME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
# Controls, formats, surrogates, marks and separators. Not "unassigned": an emoji may be
# newer than this Python.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"})
# Letters and symbols that are drawn as nothing all the same, and what Unicode reserves
# for more of them.
_BLANK = frozenset("\u115f\u1160\u2065\u2800\u3164\uffa0\U0001d159").union(
    map(chr, range(0xFFF0, 0xFFF9)), map(chr, range(0xE0000, 0xE1000))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A TikTok user as TikTok describes them at one login.

    Attributes:
        token_grant: who they are, and what they let us do.
        user_info: their profile, or None when it was not asked for: a silent login
            knows the open_id and nothing else (tiktok-minis-silent-login).
        asked_at: when TikTok was asked who it is; what ended later ends this login.
    """

    token_grant: TokenGrant
    user_info: UserInfo | None = None
    asked_at: datetime = field(default_factory=timezone.now)


def uid(person: Person) -> str:
    """Return allauth's ``uid``."""
    return person.token_grant.open_id


def extra_data(person: Person) -> dict[str, object]:
    """Return what this login alone says about the user; nothing is None."""
    shared = {"open_id": person.token_grant.open_id}
    return shared | (profile_data(person.user_info) if person.user_info else {})


def profile_data(user_info: UserInfo) -> dict[str, object]:
    """Return what a profile adds to ``extra_data``; nothing is None."""
    data = {
        "display_name": user_info.display_name,
        "avatar_url": user_info.avatar_url,
        "union_id": user_info.union_id,
        "username": user_info.username,
        "profile_deep_link": user_info.profile_deep_link,
    }
    return {key: value for key, value in data.items() if value is not None}


def stored_data(extra_data: object) -> dict[str, object]:
    """Return what is stored in an account's ``extra_data``; empty for what is no dict.

    Other programs write to this column, too, and JSON may be a list, a text or null.
    """
    return extra_data if isinstance(extra_data, dict) else {}


def merged_extra_data(stored: object, fresh: dict[str, object]) -> dict[str, object]:
    """Return ``stored`` brought up to date, without forgetting anything.

    allauth would store ``fresh`` as it is; after a silent login that would erase the
    name and avatar which the person once agreed to share.
    """
    return {**stored_data(stored), **fresh}


def common_fields(
    person: Person, username_length: int | None = None
) -> dict[str, object]:
    """Return the fields for allauth's ``populate_user``.

    Never an e-mail address. The name is what the person calls themselves on TikTok,
    if they shared it; the username stays neutral all the same, because people change
    and reuse display names, and a username is for ever.
    """
    shared = person.user_info and person.user_info.display_name
    name = visible_name(shared or "") or None
    return {"username": neutral_username(username_length), "name": name}


def neutral_username(max_length: int | None = None) -> str:
    """Return a new username that says nothing about the person.

    Drawn at random, not made from the open_id: usernames are shown to other people,
    who must not be able to recognize a TikTok user by one. Nor can a stranger
    register the name that another user's first login is going to need.
    """
    drawn = get_random_string(12, _USERNAME_ALPHABET)
    name = f"user_{drawn}"
    # In a short column the part that distinguishes users gets all the room.
    fits = max_length is None or len(name) <= max_length
    return name if fits else drawn[:max_length]


def visible_name(name: str) -> str:
    """Return the name, empty where nothing of it can be seen.

    TikTok takes names of blanks, zero-width characters or combining marks alone.
    """
    return name if any(map(_is_visible, name)) else ""


def initial(name: str) -> str:
    """Return the letter that stands for a name, "?" where nothing of it can be seen."""
    seen = [character for character in name if _is_visible(character)]
    return next(filter(str.isalnum, seen), seen[0] if seen else "?").upper()


def searchable_name(display_name: object) -> str:
    """Return a display name as it is looked for: whatever its case, and cut to fit.

    Empty for what is no text: others write to an account's ``extra_data``, too.
    """
    if not isinstance(display_name, str):
        return ""
    return display_name.casefold()[:SEARCHABLE_LENGTH]


def profile(extra_data: object) -> dict[str, object] | None:
    """Return the profile kept in an account's ``extra_data``, or None without one."""
    stored = stored_data(extra_data)
    found = {key: stored.get(key) for key in ("display_name", "avatar_url")}
    return found if any(found.values()) else None


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE and character not in _BLANK
