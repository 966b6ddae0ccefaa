"""Was it TikTok who sent this? See TikTok's page webhooks-verification.

    TikTok-Signature: t=1633174587,s=18494715036ac4416a1d0a673871a2edbcfc94d9…

``t`` is when it was signed, in Unix seconds, and ``s`` the HMAC-SHA256, in hex, of that
``t``, a dot and the raw body, under the client secret.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from .errors import SignatureRefused
from .secret import Secret

HEADER = "TikTok-Signature"
# TikTok's is 78 characters long. This leaves room for a dozen signatures, and keeps
# strangers from having us split and compare whatever a server lets through.
MAX_HEADER = 1024
# How far TikTok's clock may be ahead of ours, or ours behind.
MAX_SKEW = timedelta(minutes=5)

# No sign, no dot, and no more digits than a date can take.
_SECONDS = re.compile("[0-9]{1,11}")
_HEX = re.compile("[0-9a-fA-F]{64}")
_NO_SECRET = "no app has this client key"  # noqa: S105, says that there is none


def verify(
    header: str,
    body: bytes,
    secrets: Collection[Secret],
    *,
    now: datetime,
    tolerance: timedelta,
) -> datetime:
    """Return when TikTok signed the body, in UTC; raises SignatureRefused.

    Arguments:
        header: of the request, empty where there is none.
        body: as it arrived, byte by byte.
        secrets: of which one must have signed. With none of them everything is
            refused, and takes as long as with one: how long an answer takes must not
            show a stranger which client keys are ours.
        tolerance: how old the signature may be.
    """
    stated, signatures = _parts(header)
    signed = stated.encode() + b"." + body
    expected = [_hmac(secret, signed) for secret in secrets or (Secret(_NO_SECRET),)]
    # Each with each, to the end: no early exit whose moment could be measured.
    matches = [hmac.compare_digest(a, b) for a in expected for b in signatures]
    if not secrets:
        raise SignatureRefused(_NO_SECRET)
    if not any(matches):
        raise SignatureRefused("no signature matches")
    signed_at = datetime.fromtimestamp(int(stated), UTC)
    if signed_at - now > MAX_SKEW:
        raise SignatureRefused("signed in the future")
    if now - signed_at > tolerance:
        raise SignatureRefused("signed too long ago")
    return signed_at


def _hmac(secret: Secret, signed: bytes) -> bytes:
    return hmac.digest(secret.reveal().encode(), signed, sha256)


def _parts(header: str) -> tuple[str, list[bytes]]:
    """Return the time as it is written, and all signatures that can be one.

    Parts may come in any order, and names that we do not know are left alone. Several
    signatures are fine, and one has to match: who changes a secret without a gap signs
    with both, as other senders of such headers do. Several times are not: it would be
    open which of them was signed, and which is held against the tolerance.
    """
    if len(header) > MAX_HEADER:
        raise SignatureRefused("the header is too long")
    parts = list(_pairs(header))
    times = {value for name, value in parts if name == "t"}
    signatures = [value for name, value in parts if name == "s"]
    if len(times) != 1 or not _SECONDS.fullmatch(time := times.pop()):
        raise SignatureRefused("the header names no time, or several")
    return time, [bytes.fromhex(s) for s in signatures if _HEX.fullmatch(s)]


def _pairs(header: str) -> Iterator[tuple[str, str]]:
    for part in header.split(","):
        name, _, value = part.partition("=")
        yield name.strip().lower(), value.strip()
