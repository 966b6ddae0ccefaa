"""What a caller may rely on, as types: checked by mypy, never run."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal, assert_type

import requests
from django.http import HttpRequest, JsonResponse

from ttminis_auth.backends import TTMinisBackend
from ttminis_auth.conf import conf
from ttminis_auth.endpoints.views import login_by_code
from ttminis_auth.login.allauth_steps import PendingFlow
from ttminis_auth.login.enter import Outcome, run
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tiktok import (
    InvalidClient,
    InvalidGrant,
    RateLimited,
    TikTokClient,
    TikTokError,
    TikTokRefused,
    TikTokUnavailable,
    TokenGrant,
    UserInfo,
)
from ttminis_auth.tiktok.secret import Secret


def client() -> None:
    tiktok = TikTokClient(
        session=requests.Session(),
        base_url=conf.TTMINIS_API_BASE_URL,
        client_key="key",
        client_secret=Secret("secret"),
    )
    assert_type(tiktok.exchange_code(Secret("code")), TokenGrant)
    assert_type(tiktok.refresh(Secret("token")), TokenGrant)
    assert_type(tiktok.user_info(Secret("token"), ["open_id"]), UserInfo)
    tiktok.revoke(Secret("token"))


def values(grant: TokenGrant, person: UserInfo) -> None:
    assert_type(grant.open_id, str)
    assert_type(grant.scopes, tuple[str, ...])
    assert_type(grant.access_token, Secret)
    assert_type(grant.refresh_token, Secret | None)
    assert_type(grant.expires_in, int | None)
    assert_type(grant.refresh_expires_in, int | None)
    assert_type(person.open_id, str)
    assert_type(person.union_id, str | None)
    assert_type(person.display_name, str | None)
    assert_type(person.avatar_url, str | None)
    grant.open_id = "another"  # type: ignore[misc]


def errors(limited: RateLimited) -> None:
    refusals: tuple[type[TikTokRefused], ...] = (
        InvalidGrant,
        InvalidClient,
        RateLimited,
    )
    tree: tuple[type[TikTokError], ...] = (TikTokUnavailable, *refusals)
    assert_type(limited.retry_after, int | None)
    assert tree


def faces(request: HttpRequest, provider: Any) -> None:
    outcome = run(request, provider, Secret("code"), "switch")
    assert_type(outcome, Outcome)
    assert_type(outcome.scopes, tuple[str, ...])
    assert_type(outcome.created, bool)
    assert_type(outcome.pending, tuple[PendingFlow, ...])
    TTMinisBackend().authenticate(request, ttminis_code="code", client_key=None)
    TTMinisBackend().authenticate(None, ttminis_code=b"code")  # type: ignore[arg-type]
    TTMinisBackend().authenticate(None, ttminis_code=Secret("code"))
    run(request, provider, "code", "login")  # type: ignore[arg-type]
    run(request, provider, Secret("code"), "logout")  # type: ignore[arg-type]
    response: JsonResponse = login_by_code(request)
    assert response


def storage(identity: Identity, grant: Grant) -> None:
    assert_type(identity.client_key, str)
    assert_type(identity.union_id, str | None)
    assert_type(identity.removed_at, datetime | None)
    assert_type(grant.scope_list, Collection[str])
    assert_type(grant.identity, Identity)


def settings() -> None:
    assert_type(conf.TTMINIS_SDK_URL, str)
    assert_type(conf.TTMINIS_SDK_TIMEOUT, timedelta)
    assert_type(conf.TTMINIS_SDK_CALL_STYLE, Literal["auto", "options", "callback"])
    assert_type(conf.TTMINIS_STORE_TOKENS, bool)
    assert_type(conf.TTMINIS_REJECTED_CODE_LIMIT, str)
