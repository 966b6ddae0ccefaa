"""What TikTok answers, checked and typed.

Unknown keys are ignored: TikTok adds some without notice. Everything that leaves
this module fits the columns it is bound for and can be printed.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from .errors import TikTokUnavailable
from .identifiers import MAX_ID, identifier, printable
from .secret import Secret

Json = Mapping[str, object]
_Value = TypeVar("_Value")

MAX_TOKEN = 4096
MAX_SCOPES = 500
# The longest documented lifetime is one year (minis-oauth). Ten leave room, and still
# keep a nonsense number from overflowing the date it is added to.
MAX_SECONDS = 10 * 366 * 24 * 60 * 60
MAX_EVENT = 100
# TikTok's deepest event has two levels. SQLite's JSON ends at 1000, Python's before.
MAX_DEPTH = 32
# TikTok had no webhooks before; an earlier time is an error of TikTok's, such as 0.
EARLIEST_EVENT = datetime(2018, 1, 1, tzinfo=UTC)
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
    access_token: Secret
    refresh_token: Secret | None
    expires_in: int | None
    refresh_expires_in: int | None

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read a token answer.

        Raises TikTokUnavailable, naming the key, where ``open_id``, ``access_token``
        or ``scope`` cannot be used.
        """
        return cls(
            open_id=_required(data, "open_id", identifier),
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
            open_id=_required(data, "open_id", identifier),
            union_id=identifier(data.get("union_id")),
            display_name=_name(data.get("display_name")),
            avatar_url=_web_address(data.get("avatar_url")),
            username=printable(data.get("username"), MAX_ID),
            profile_deep_link=_web_address(data.get("profile_deep_link")),
        )


class RemovalReason(IntEnum):
    """Why an authorization ended (page webhooks-events)."""

    UNKNOWN = 0
    USER_DISCONNECTED = 1
    ACCOUNT_DELETED = 2
    AGE_CHANGED = 3
    BANNED = 4
    DEVELOPER_REVOKED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookEvent:
    """What TikTok sends by itself (page webhooks-events).

    ``event`` is TikTok's name for it, such as ``"authorization.removed"``.
    ``create_time`` is when it happened, in UTC and whole seconds.
    ``user_openid`` is the user that it is about, or None: payments name no user.
    ``content`` is what else it says, and empty where that is no JSON object.
    ``digest`` is the same for all deliveries of one event, and for no other event.

    Any database takes all of it.
    """

    client_key: str
    event: str
    create_time: datetime
    user_openid: str | None
    content: Mapping[str, object]
    digest: str = field(repr=False)

    @classmethod
    def from_json(cls, data: Json, *, signed_at: datetime) -> Self:
        """Read a webhook whose signature was verified; nothing is refused any more.

        ``signed_at`` stands in for a ``create_time`` that cannot be true.
        """
        said = _storable({**data, "content": _unpacked(data.get("content"))})
        content = said["content"]
        return cls(
            client_key=printable(said.get("client_key"), MAX_ID) or "",
            event=(_name(said.get("event")) or "")[:MAX_EVENT],
            create_time=_event_time(said.get("create_time"), signed_at),
            user_openid=identifier(said.get("user_openid")),
            content=content if isinstance(content, dict) else {},
            digest=sha256(json.dumps(said, sort_keys=True).encode()).hexdigest(),
        )

    @property
    def removal_reason(self) -> RemovalReason:
        """Why an authorization ended; UNKNOWN too for a number that is new to us."""
        number = _number(self.content.get("reason"))
        return next((r for r in RemovalReason if r == number), RemovalReason.UNKNOWN)


def seconds(value: object) -> int | None:
    """Return a span in whole seconds, or None for what cannot be one."""
    number = _number(value)
    return int(number) if 0 <= number <= MAX_SECONDS else None


def _number(value: object) -> float:
    """Return a number, which is nan for what is none.

    Takes numbers and numeric strings, since TikTok has sent both. Not a number fails
    every comparison, so what asks for a range needs not ask for a number as well.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _event_time(value: object, signed_at: datetime) -> datetime:
    """Return the time that TikTok states, unless it comes after the signature."""
    number = _number(value)
    if EARLIEST_EVENT.timestamp() <= number <= signed_at.timestamp():
        return datetime.fromtimestamp(int(number), UTC)
    return signed_at


def _unpacked(content: object) -> object:
    """Return the JSON in a text, and anything else as it is.

    TikTok packs the content of an event into a string of JSON, and may one day not.
    """
    if not isinstance(content, str):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def _storable(value: object, depth: int = MAX_DEPTH) -> Any:
    """Return JSON without what a database refuses, or cannot hold.

    TikTok signs what people write, in names for example. One null character would
    otherwise keep PostgreSQL from recording an event, now and at each new attempt.
    """
    if isinstance(value, dict):
        # An attacker has the secret of one app. They sign its "client_key", and beside
        # it a "client_key" with a null character, which names another app. Both become
        # one key here. The key that loses nothing has to come last, and so it counts.
        items = sorted(value.items() if depth else (), key=_is_storable)
        return {_kept(key): _storable(item, depth - 1) for key, item in items}
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in value] if depth else []
    if isinstance(value, str):
        return _kept(value)
    # No JSON, though Python reads it: nan, and what is beyond all numbers.
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_storable(item: tuple[str, object]) -> bool:
    return _kept(item[0]) == item[0]


def _kept(text: str) -> str:
    return re.sub(r"[\x00\ud800-\udfff]", "", text)


def _required(data: Json, key: str, read: Callable[[object], _Value | None]) -> _Value:
    value = read(data.get(key))
    if value is None:
        # The key alone: what stands there instead may be a token in the wrong place.
        raise TikTokUnavailable(description=f"{key} missing or not usable")
    return value


def _token(value: object) -> Secret | None:
    token = printable(value, MAX_TOKEN)
    # It travels in a header, and what does not fit there would fail far from here.
    return Secret(token) if token and token.isascii() else None


def _scopes(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    granted = printable(value, MAX_SCOPES)
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
