"""What TikTok says: one value per answer, and its two shapes of error.

Error strings and statuses: developers.tiktok.com/doc/oauth-error-handling and
tiktok-api-v2-error-handling, read in November 2026. TikTok documents no HTTP status
for OAuth errors, and 200 has been seen; the simulator answers 4xx unless the fault
``error_in_200`` is ordered.
"""

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

OAUTH_ERRORS = {
    "access_denied": 400,
    "invalid_client": 401,
    "invalid_grant": 400,
    "invalid_request": 400,
    "invalid_scope": 400,
    "rate_limit_exceeded": 429,
    "server_error": 500,
    "temporarily_unavailable": 503,
    "unauthorized_client": 401,
    "unsupported_grant_type": 400,
    "unsupported_response_type": 400,
}
DATA_ERRORS = {
    "access_token_invalid": 401,
    "internal_error": 500,
    "invalid_params": 400,
    "rate_limit_exceeded": 429,
    "scope_not_authorized": 401,
    "scope_permission_missed": 401,
}

# The SDK's codes. 102102 is the only one that TikTok documents for login; the
# others follow its pattern (three digits for the method, three for the reason).
SDK_ERRORS = {
    102101: "a parameter is invalid",
    102102: "no Terms of Service and Privacy Policy set in the portal",
    102600: "no user is signed in to TikTok",
    102601: "cancelled by the user",
}


def new_log_id() -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime()) + secrets.token_hex(9).upper()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    log_id: str = field(default_factory=new_log_id)
    raw: bytes | None = field(default=None, repr=False)
    """Sent instead of ``body`` when set: for answers that are not JSON."""
    content_type: str = "application/json; charset=utf-8"
    delay: float = 0.0
    """Seconds for which the answer is held back."""

    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return json.dumps(self.body, ensure_ascii=False).encode()


class Refusal(Exception):
    """Carries the answer that a view gives instead of its usual one."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def oauth_error(code: str, why: str, status: int | None = None) -> Answer:
    log_id = new_log_id()
    body = {"error": code, "error_description": why, "log_id": log_id}
    return Answer(body=body, status=status or OAUTH_ERRORS[code], log_id=log_id)


def data_error(code: str, why: str, status: int | None = None) -> Answer:
    log_id = new_log_id()
    error = {"code": code, "message": why, "log_id": log_id}
    body = {"data": {}, "error": error}
    return Answer(body=body, status=status or DATA_ERRORS[code], log_id=log_id)


def data_answer(data: dict[str, object]) -> Answer:
    """Wrap what a data endpoint found; success has an ``error`` too, code "ok"."""
    log_id = new_log_id()
    error = {"code": "ok", "message": "", "log_id": log_id}
    return Answer(body={"data": data, "error": error}, log_id=log_id)


def sdk_error(code: int, **extra: str) -> Answer:
    """Refuse a call of the SDK; ``extra`` is an object there, if an empty one.

    The status is 200: a browser writes each 4xx to the console, and the real SDK
    leaves nothing there.
    """
    error = {"error_code": code, "error_msg": SDK_ERRORS[code], "error_extra": extra}
    return Answer(body={"error": error})
