"""The identity of a social account, made where it is missing."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from ..identity import searchable_name, stored_data
from ..models import Identity
from ..tiktok.identifiers import identifier


def facts_of(account: SocialAccount, client_key: str) -> dict[str, str | None]:
    """Return the fields of an identity in this app that an account holds."""
    stored = stored_data(account.extra_data)
    return {
        "client_key": client_key,
        "open_id": account.uid,
        "union_id": identifier(stored.get("union_id")),
        "searchable_name": searchable_name(stored.get("display_name")),
    }


def ensure_identity(
    account: SocialAccount, client_key: str, *, vouched_at: datetime | None = None
) -> Identity:
    """Return the account's identity; make it if there is none.

    ``vouched_at`` is when TikTok was asked who this is; None is now.
    """
    identity, _ = Identity.objects.get_or_create(
        account=account,
        defaults={
            **facts_of(account, client_key),
            "vouched_at": vouched_at or timezone.now(),
        },
    )
    # One that is found is not that of this instance yet.
    identity.account = account
    return identity
