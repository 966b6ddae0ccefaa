"""What TikTok answers, checked and typed.

Unknown keys are ignored: TikTok adds some without notice. Everything that leaves
this module fits the columns it is bound for and can be printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from .errors import TikTokUnavailable

Json = Mapping[str, object]
_Reader = Callable[[object], str | None]

# TikTok gives no length for its ids; this is the width of allauth's uid column.
MAX_ID = 191
MAX_TOKEN = 4096
MAX_SCOPES = 500
# The longest documented lifetime is one year (minis-oauth). Ten leave room, and still
# keep a nonsense number from overflowing the date it is added to.
MAX_SECONDS = 10 * 366 * 24 * 60 * 60
LOCAL_HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenGrant:
    """One token pair, as given for a code or a refresh token (page minis-oauth).

    ``open_id`` names one TikTok user as one client key sees them.
    ``scopes`` are sorted and unique, and may be empty.
    ``refresh_token`` is None where TikTok sent none.
    ``expires_in`` and ``refresh_expires_in`` are seconds from the time of the answer,
    or None where TikTok sent nothing credible. Pages of TikTok disagree on the
    lifetimes, so only these numbers count.
    """

    open_id: str
    scopes: tuple[str, ...]
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int | None
    refresh_expires_in: int | None

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read a token answer.

        Raises TikTokUnavailable, naming the key, where ``open_id``, ``access_token``
        or ``scope`` cannot be used.
        """
        return cls(
            open_id=_required(data, "open_id", _identifier),
            scopes=_scopes(data.get("scope")),
            access_token=_required(data, "access_token", _token),
            refresh_token=_token(data.get("refresh_token")),
            expires_in=seconds(data.get("expires_in")),
            refresh_expires_in=seconds(data.get("refresh_expires_in")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class UserInfo:
    """A profile, as far as it was asked for (page minis-user-data).

    ``union_id`` is the same for all apps of one developer.
    ``display_name`` is the person's own text: any script, never markup.
    ``avatar_url`` is signed and expires within hours, so it is not worth keeping.
    ``username`` is the person's handle and ``profile_deep_link`` the page of it, which
    only web sites can ask for.
    What was not asked for, or cannot be used, is None.
    """

    open_id: str
    union_id: str | None
    display_name: str | None
    avatar_url: str | None
    username: str | None = None
    profile_deep_link: str | None = None

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read the ``data.user`` object of an answer.

        Raises TikTokUnavailable where ``open_id`` is missing or cannot be used.
        """
        return cls(
            open_id=_required(data, "open_id", _identifier),
            union_id=_identifier(data.get("union_id")),
            display_name=_name(data.get("display_name")),
            avatar_url=_web_address(data.get("avatar_url")),
            username=_identifier(data.get("username")),
            profile_deep_link=_web_address(data.get("profile_deep_link")),
        )


def seconds(value: object) -> int | None:
    """Return a span in whole seconds, or None for what cannot be one.

    Takes numbers and numeric strings, since TikTok has sent both.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    # Not a number (nan) fails every comparison, so it ends here as well.
    return int(number) if 0 <= number <= MAX_SECONDS else None


def _required(data: Json, key: str, read: _Reader) -> str:
    value = read(data.get(key))
    if value is None:
        # The key alone: what stands there instead may be a token in the wrong place.
        raise TikTokUnavailable(description=f"{key} missing or not usable")
    return value


def _identifier(value: object) -> str | None:
    return _printable(value, MAX_ID)


def _token(value: object) -> str | None:
    token = _printable(value, MAX_TOKEN)
    # It travels in a header, and what does not fit there would fail far from here.
    return token if token and token.isascii() else None


def _printable(value: object, limit: int) -> str | None:
    if not isinstance(value, str) or not 1 <= len(value) <= limit:
        return None
    return value if value.isprintable() else None


def _scopes(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    granted = _printable(value, MAX_SCOPES)
    if granted is None:
        # Guessing would grant too much or too little.
        raise TikTokUnavailable(description="scope not usable")
    return tuple(sorted(set(re.split("[, ]+", granted)) - {""}))


def _name(value: object) -> str | None:
    """Keep everything people write, joined emoji too, but nothing a database refuses.

    PostgreSQL takes no null character and UTF-8 no lone surrogate.
    """
    if not isinstance(value, str):
        return None
    kept = (c for c in value if unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept) or None


def _web_address(value: object) -> str | None:
    """Let nothing pass that a browser would run or load in clear.

    The address ends up in an ``src``; a local one is the simulator's.
    """
    if not isinstance(value, str) or not value.isprintable():
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
    safe = local or (parts.scheme == "https" and parts.hostname)
    return value if safe else None
