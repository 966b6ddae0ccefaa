"""Every kind of answer that TikTok's documentation shows for the four calls.

Keys, types, scopes, lifetimes, error strings and statuses are as documented in
November 2026 on the page named with each; ids, tokens and sentences are made up.
A status of None means that TikTok documents none.
"""

from __future__ import annotations

from dataclasses import dataclass

from ttminis_auth.tiktok import (
    AccessTokenInvalid,
    InvalidClient,
    InvalidGrant,
    RateLimited,
    TikTokError,
    TikTokRefused,
    TikTokUnavailable,
    TokenGrant,
    UserInfo,
)
from ttminis_auth.tiktok.secret import Secret

LOG_ID = "202611221503000123456789ABCDEF0123"
HOUR, DAY = 3600, 24 * 3600
Outcome = TokenGrant | UserInfo | type[TikTokError] | None


@dataclass(frozen=True, kw_only=True)
class Documented:
    page: str
    call: str
    body: dict[str, object] | None
    status: int | None = None
    outcome: Outcome


def tokens(page: str, call: str, access: int, refresh: int, scope: str) -> Documented:
    return Documented(
        page=page,
        call=call,
        body={
            "access_token": "act.documented",
            "expires_in": access,
            "open_id": "documented-open-id",
            "refresh_expires_in": refresh,
            "refresh_token": "rft.documented",
            "scope": scope,
            "token_type": "Bearer",
        },
        outcome=TokenGrant(
            open_id="documented-open-id",
            scopes=tuple(sorted(scope.split(","))),
            access_token=Secret("act.documented"),
            refresh_token=Secret("rft.documented"),
            expires_in=access,
            refresh_expires_in=refresh,
        ),
    )


def oauth_error(
    code: str, outcome: Outcome, *, call: str = "exchange", status: int | None = None
) -> Documented:
    return Documented(
        page="oauth-error-handling",
        call=call,
        body={"error": code, "error_description": "Why.", "log_id": LOG_ID},
        status=status,
        outcome=outcome,
    )


def data_error(code: str, status: int | None, outcome: Outcome) -> Documented:
    error = {"code": code, "message": "Why.", "log_id": LOG_ID}
    return Documented(
        page="tiktok-api-v2-error-handling",
        call="user_info",
        body={"data": {}, "error": error},
        status=status,
        outcome=outcome,
    )


def user(**fields: str) -> Documented:
    known = dict.fromkeys(("union_id", "display_name", "avatar_url")) | fields
    named = {key: known[key] for key in ("union_id", "display_name", "avatar_url")}
    return Documented(
        page="minis-user-data",
        call="user_info",
        body={
            "data": {"user": fields},
            "error": {"code": "ok", "message": "", "log_id": LOG_ID},
        },
        status=200,
        outcome=UserInfo(open_id=fields["open_id"], **named),
    )


SILENT, BASIC = "user.info.open_id", "user.info.basic,user.info.open_id"
PICTURE = "https://p16-sign.example.com/picture.jpeg?x-expires=1795273200"

ANSWERS = {
    # The pages disagree on the lifetimes: a day and a year, or two hours and half a
    # year. Both are in the wild, and only the numbers of the answer count.
    "exchange": tokens("minis-oauth", "exchange", DAY, 365 * DAY, SILENT),
    "exchange after consent": tokens("minis-oauth", "exchange", DAY, 365 * DAY, BASIC),
    "exchange, short-lived": tokens(
        "oauth-user-access-token-management", "exchange", 2 * HOUR, 180 * DAY, SILENT
    ),
    "refresh": tokens("minis-oauth", "refresh", DAY, 365 * DAY, SILENT),
    "refresh, short-lived": tokens(
        "oauth-refresh-a-user-access-token", "refresh", 2 * HOUR, 180 * DAY, SILENT
    ),
    "revoke": Documented(
        page="oauth-user-access-token-management",
        call="revoke",
        body={},
        outcome=None,
    ),
    "revoke, nothing said": Documented(
        page="oauth-user-access-token-management",
        call="revoke",
        body=None,
        outcome=None,
    ),
    "access_denied": oauth_error("access_denied", InvalidGrant),
    "invalid_client": oauth_error("invalid_client", InvalidClient),
    "invalid_grant": oauth_error("invalid_grant", InvalidGrant),
    "invalid_grant to a refresh": oauth_error(
        "invalid_grant", InvalidGrant, call="refresh"
    ),
    "invalid_request": oauth_error("invalid_request", InvalidGrant),
    "invalid_request to a revoke": oauth_error(
        "invalid_request", InvalidGrant, call="revoke"
    ),
    "invalid_scope": oauth_error("invalid_scope", InvalidClient),
    "server_error": oauth_error("server_error", TikTokUnavailable),
    "temporarily_unavailable": oauth_error(
        "temporarily_unavailable", TikTokUnavailable
    ),
    "unauthorized_client": oauth_error("unauthorized_client", InvalidClient),
    "unsupported_grant_type": oauth_error("unsupported_grant_type", InvalidClient),
    "unsupported_response_type": oauth_error(
        "unsupported_response_type", TikTokUnavailable
    ),
    # Not documented, but reported from the field.
    "error in a 200": oauth_error("invalid_grant", InvalidGrant, status=200),
    "user": user(
        open_id="documented-open-id",
        union_id="documented-union-id",
        avatar_url=PICTURE,
    ),
    "user with every field": user(
        open_id="documented-open-id",
        union_id="documented-union-id",
        avatar_url=PICTURE,
        avatar_url_100=PICTURE,
        avatar_large_url=PICTURE,
        display_name="Somebody",
    ),
    "access_token_invalid": data_error("access_token_invalid", 401, AccessTokenInvalid),
    "internal_error": data_error("internal_error", 500, TikTokUnavailable),
    "invalid_params": data_error("invalid_params", 400, TikTokRefused),
    "rate_limit_exceeded": data_error("rate_limit_exceeded", 429, RateLimited),
    "scope_not_authorized": data_error("scope_not_authorized", 401, TikTokRefused),
    "scope_permission_missed": data_error(
        "scope_permission_missed", None, TikTokRefused
    ),
}
