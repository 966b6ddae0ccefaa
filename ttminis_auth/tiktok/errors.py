"""How a call to TikTok can fail.

    TikTokError                 code, description, log_id, status; str() shows these
    ├─ TikTokUnavailable        no usable answer (timeout, 5xx, not JSON, key missing)
    └─ TikTokRefused            a well-formed refusal
       ├─ InvalidGrant          code or refresh token used up, expired or foreign
       ├─ AccessTokenInvalid    access token expired or revoked: renew it
       ├─ InvalidClient         our key or secret: the operator must act
       └─ RateLimited           too many calls; ``retry_after`` says how long to wait

    SignatureRefused            a webhook that TikTok did not sign, or not for us

No secret is ever part of these errors, so they may be logged and shown to operators.
"""

from __future__ import annotations

from collections.abc import Mapping

# Longer texts say nothing more, and would flood the log.
MAX_TEXT = 200


class TikTokError(Exception):
    """TikTok did not do what was asked.

    ``code`` is TikTok's own error string, or None where it gave none.
    ``description`` is one line, in TikTok's words or ours, possibly empty.
    ``log_id`` is what TikTok's support asks for, or None.
    ``status`` is the HTTP status of the answer, or None where no answer arrived.
    """

    def __init__(
        self,
        code: str | None = None,
        description: str = "",
        log_id: str | None = None,
        status: int | None = None,
    ) -> None:
        self.code = one_line(code) if code else None
        self.description = one_line(description)
        self.log_id = one_line(log_id) if log_id else None
        self.status = status
        # The arguments, so that an error crosses process borders (Celery, xdist).
        super().__init__(self.code, self.description, self.log_id, status)

    def __str__(self) -> str:
        said = ": ".join(filter(None, (self.code, self.description)))
        facts = {"log_id": self.log_id, "status": self.status}
        where = ", ".join(f"{name}={fact}" for name, fact in facts.items() if fact)
        return f"{said} ({where})" if where else said


class TikTokUnavailable(TikTokError):
    """No usable answer arrived: try later, with a new code.

    A code may have been spent all the same, so never send the same one again.
    """


class TikTokRefused(TikTokError):
    """TikTok understood, and refused; ``code`` says why."""


class InvalidGrant(TikTokRefused):
    """The code or refresh token is used up, expired or foreign.

    The person has to log in again, which in a mini app is silent.
    """


class AccessTokenInvalid(TikTokRefused):
    """The access token is expired, revoked or none of a user's."""


class InvalidClient(TikTokRefused):
    """TikTok does not accept our client key or secret.

    No user can help here: the operator must act.
    """


class RateLimited(TikTokRefused):
    """TikTok wants fewer calls.

    ``retry_after`` is the wait in seconds, or None where TikTok named none.
    """

    def __init__(
        self,
        code: str | None = None,
        description: str = "",
        log_id: str | None = None,
        status: int | None = None,
        *,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code, description, log_id, status)
        self.retry_after = retry_after


class SignatureRefused(Exception):
    """The webhook is not, or not provably, TikTok's.

    ``reason`` is for our own log: a few words that quote nothing of the request.
    The sender must not learn what to mend, so ``str()`` never changes.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return "the signature is refused"


# TikTok's error strings: pages oauth-error-handling and tiktok-api-v2-error-handling
# on developers.tiktok.com, as of 2026-11-22. The strings of both are disjoint.
MEANINGS: Mapping[str, type[TikTokError]] = {
    # A code that is malformed is an invalid request to TikTok, and to us still a
    # code that a visitor sent: our own fields are always there.
    "invalid_grant": InvalidGrant,
    "invalid_request": InvalidGrant,
    "access_denied": InvalidGrant,
    "invalid_client": InvalidClient,
    "unauthorized_client": InvalidClient,
    "unsupported_grant_type": InvalidClient,
    "invalid_scope": InvalidClient,
    "server_error": TikTokUnavailable,
    "temporarily_unavailable": TikTokUnavailable,
    "access_token_invalid": AccessTokenInvalid,
    "scope_not_authorized": TikTokRefused,
    "scope_permission_missed": TikTokRefused,
    "invalid_params": TikTokRefused,
    "rate_limit_exceeded": RateLimited,
    "internal_error": TikTokUnavailable,
}


def one_line(text: str) -> str:
    """Return the text without control characters, at most MAX_TEXT characters.

    These texts land in log lines. An attacker who makes TikTok echo a line break could
    otherwise forge a whole entry, and a lone surrogate would break the log's encoder.
    """
    return without_controls(text)[:MAX_TEXT]


def without_controls(text: str) -> str:
    """Return the text without anything that is not printable, line breaks included."""
    return "".join(filter(str.isprintable, text))
