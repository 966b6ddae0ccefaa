"""Describe the state of a user's TikTok tokens, and try one. Shows no token."""

from typing import Any

import requests
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from ttminis_auth import tokens
from ttminis_auth.conf import conf
from ttminis_auth.errors import LoginRefused, TokenUnavailable
from ttminis_auth.models import Grant, Health, Identity
from ttminis_auth.tiktok.types import RemovalReason

WHY = {
    Health.OK: "good for a while",
    Health.EXPIRES_SOON: "renewed when it is used next",
    Health.DEAD: "only a new login helps",
    Health.NONE: "no token is stored",
}
REASONS = {
    RemovalReason.USER_DISCONNECTED: "you took it off your list",
    RemovalReason.ACCOUNT_DELETED: "the account was deleted",
    RemovalReason.AGE_CHANGED: "your age has changed",
    RemovalReason.BANNED: "the account was banned",
    RemovalReason.DEVELOPER_REVOKED: "we revoked it",
}


def of_user(user: AbstractBaseUser) -> list[dict[str, Any]]:
    """Describe the tokens of each TikTok account, ready for JSON."""
    identities = Identity.objects.filter(account__user=user.pk)
    known = identities.prefetch_related("grants").order_by("pk")
    return [_describe(identity) for identity in known]


def use(identity: Identity) -> dict[str, str]:
    """Call TikTok with a user's token; return the outcome and a text about it.

    Write your own calls like this one: ``tokens.call`` finds a token that works, and
    refreshes it if needed.
    """
    begun = timezone.now()
    try:
        answer = tokens.call(identity, _fetch_open_id)
        code = answer.json()["error"]["code"]
    except TokenUnavailable:
        return _outcome("needs_login", "Needs a new login.")
    except (LoginRefused, requests.RequestException, KeyError, TypeError):
        return _outcome("not_reached", "TikTok cannot be reached.")
    # Check the code and not the status: TikTok also answers 200 when it refuses.
    if code != "ok":
        return _outcome("refused", f"TikTok refused: {code}.")
    if identity.grants.filter(issued_at__gte=begun).exists():
        return _outcome("renewed", "Renewed first, then it worked.")
    return _outcome("worked", "It worked.")


def _fetch_open_id(token: str) -> requests.Response:
    return requests.get(
        f"{conf.TTMINIS_API_BASE_URL}/v2/user/info/",
        params={"fields": "open_id"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )


def _outcome(outcome: str, text: str) -> dict[str, str]:
    return {"outcome": outcome, "text": text}


def _describe(identity: Identity) -> dict[str, Any]:
    active = [grant for grant in identity.grants.all() if not grant.dead_at]
    grant = max(active, key=_usefulness, default=None)
    expires = grant.access_expires_at if grant else None
    return {
        "id": identity.pk,
        **_state(identity),
        "scopes": sorted(grant.scope_list) if grant else [],
        "until": expires.isoformat() if expires else None,
    }


def _usefulness(grant: Grant) -> Any:
    return grant.is_fresh, len(grant.scope_list), grant.issued_at


def _state(identity: Identity) -> dict[str, str]:
    if identity.state == Identity.State.REMOVED:
        reason = REASONS.get(identity.removed_reason, "it gives no reason")
        return {
            "state": "removed",
            "label": "none",
            "why": f"TikTok removed this app: {reason}",
        }
    health = identity.health
    return {"state": health.value, "label": health.label, "why": WHY[health]}
