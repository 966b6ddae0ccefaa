"""TikTok's webhooks: the envelope, its signature, the sending.

As in developers.tiktok.com/doc/webhooks-events (the envelope, the reasons),
webhooks-verification (the signature, 4 August 2026), webhooks-overview (any answer but
200 is tried again for 72 hours) and tiktok-minis-in-app-purchases (payments, whose
``user_openid`` is empty). Nothing is sent again here, except by hand.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypedDict
from urllib.parse import urlsplit

import requests

REMOVED = "authorization.removed"
PAID = "minis.trade_order.redeem.success"

# What authorization.removed gives as its reason.
REASONS = {
    0: "unknown",
    1: "the user disconnected",
    2: "the account was deleted",
    3: "the user's age changed",
    4: "the account was banned",
    5: "the developer revoked",
}
BY_USER = 1
BY_DEVELOPER = 5

SIGNATURE = "TikTok-Signature"
TIMEOUT = 5.0
"""Seconds for which TikTok waits for an answer; its pages name no number."""

Headers = dict[str, str]


class Details(TypedDict, total=False):
    """What a webhook says, and what is wrong with it; nothing by default."""

    handle: str | None
    """The user that it is about; by default none, and an empty ``user_openid``."""
    user_openid: str
    """Stands instead of the open_id of ``handle``, for people who do not exist."""
    content: Mapping[str, object] | str
    """Becomes a JSON string; a string is sent as it is, for content that is no JSON."""
    create_time: int
    """When the event happened, in seconds since 1970; now by default."""
    signed_at: int
    """When the delivery was signed; now by default."""
    secret: str
    """Signs instead of the secret of the app."""
    tamper: bool
    """Make it about another user after it was signed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One webhook on its way, or there."""

    number: int = 0
    """Grows by one with each delivery of the process; 0 for what was not sent yet."""
    client_key: str
    event: str
    handle: str | None
    url: str
    body: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    note: str = ""
    """What is special about it, for the control page."""
    status: int | None = None
    """The HTTP status of the answer; None if none came in time."""


def check_address(url: str) -> str:
    """Return a web address; raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("A webhook address begins with http:// or https://.")
    return url


def envelope(
    client_key: str,
    event: str,
    create_time: int,
    user_openid: str,
    content: Mapping[str, object] | str,
) -> bytes:
    text = content if isinstance(content, str) else json.dumps(content)
    return _write(
        {
            "client_key": client_key,
            "event": event,
            "create_time": create_time,
            "user_openid": user_openid,
            "content": text,
        }
    )


def _write(body: dict[str, object]) -> bytes:
    # Without spaces, unlike most JSON libraries by default: a receiver that checks
    # what it wrote again, instead of what it read, is found out.
    return json.dumps(body, separators=(",", ":")).encode()


def tampered(body: bytes) -> bytes:
    return _write({**json.loads(body), "user_openid": "-000another-person"})


def sign(body: bytes, secret: str, signed_at: int) -> Headers:
    payload = f"{signed_at}.".encode() + body
    signature = hmac.new(secret.encode(), payload, sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        SIGNATURE: f"t={signed_at},s={signature}",
    }


def post(url: str, body: bytes, headers: Headers) -> int | None:
    """Return the status that a delivery is answered with, or None for no answer."""
    with requests.Session() as session:
        # The developer's proxy and passwords are not TikTok's.
        session.trust_env = False
        try:
            with session.post(
                url,
                data=body,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code
        # ValueError: what urllib3 says of a host like "a..b", past requests' own names.
        except (requests.RequestException, ValueError):
            return None
