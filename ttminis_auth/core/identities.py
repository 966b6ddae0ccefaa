"""The identity of a social account, made where it is missing."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount

from ..identity import searchable_name, stored_data
from ..models import Identity
from ..tiktok.identifiers import identifier


def ensure_identity(account: SocialAccount, client_key: str) -> Identity:
    """Return the account's identity, made now if it has none and nobody just did."""
    stored = stored_data(account.extra_data)
    known = {
        "client_key": client_key,
        "open_id": account.uid,
        "union_id": identifier(stored.get("union_id")),
        "searchable_name": searchable_name(stored.get("display_name")),
    }
    return Identity.objects.get_or_create(account=account, defaults=known)[0]
