"""Which texts name a user, and which stand for "none"."""

from __future__ import annotations

from unicodedata import normalize

# TikTok gives no length for its ids; this is the width of allauth's uid column.
MAX_ID = 191
# What programs write where they have no value. Zeros around them are cut off before.
_NO_VALUE = frozenset(
    {"", "false", "na", "nan", "nil", "none", "null", "true", "undefined", "unknown"}
    | {"objectobject"}
)
# Letters to Unicode, and drawn as nothing.
_FILLERS = "\u115f\u1160"


def identifier(value: object) -> str | None:
    """Return an ``open_id`` or a ``union_id``, None for what names no user.

    A server that has no value may send a blank, a dash, "0", a UUID of zeros, "null" or
    "undefined". All users without a value get the same text. If that text were taken
    for an id, all of them would share one user: the first visitor's.
    """
    text = printable(value, MAX_ID)
    return None if text is None or _is_placeholder(text) else text


def printable(value: object, limit: int) -> str | None:
    """Return a text of 1 to ``limit`` printable characters, None for anything else."""
    if not isinstance(value, str) or not 1 <= len(value) <= limit:
        return None
    return value if value.isprintable() else None


def _is_placeholder(text: str) -> bool:
    plain = normalize("NFKC", text).casefold()
    said = "".join(char for char in plain if char.isalnum() and char not in _FILLERS)
    return said.strip("0") in _NO_VALUE or plain.strip() == "-1"
