"""What the columns of a grant hold, and what is encrypted in them."""

from __future__ import annotations

from typing import Any

from ttminis_auth.crypto import encrypt
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tiktok.secret import Secret


def encrypted(identity: Identity, **tokens: str | None) -> dict[str, str | None]:
    """Return columns for a grant: ``encrypted(mia, access_token="act.1")``."""
    place = identity.client_key, identity.open_id
    return {
        column: encrypt(Secret(token), *place, column) if token else None
        for column, token in tokens.items()
    }


def with_encrypted(identity: Identity, columns: dict[str, Any]) -> dict[str, Any]:
    """Return columns whose tokens a test has written down in clear."""
    tokens = {name: columns[name] for name in columns if name.endswith("_token")}
    return columns | encrypted(identity, **tokens)


def access(grant: Grant) -> str:
    """Return the access token, empty where there is none to be read."""
    token = grant.decrypt_access_token()
    return token.reveal() if token else ""


def refresh(grant: Grant) -> str:
    """Return the refresh token, empty where there is none to be read."""
    token = grant.decrypt_refresh_token()
    return token.reveal() if token else ""
