"""Write to the social account of a login, under its row lock."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..identity import merged_extra_data


def touch(account: SocialAccount, **news: Any) -> bool:
    """Note a login; False when the account meanwhile went to another user, or away."""
    # One statement asks and writes. Between a SELECT and an UPDATE a merge could hand
    # the account to another user, and this login would enter as the one before.
    account.last_login = timezone.now()
    changes = {name: new for name, new in news.items() if new != getattr(account, name)}
    vars(account).update(changes)
    changes["last_login"] = account.last_login
    rows = SocialAccount.objects.filter(pk=account.pk)
    # An expression has no index. With one, MariaDB locks its entry before the row, and
    # is stuck with whoever deletes the account, and has locked the row first.
    owned = rows.alias(whose=Coalesce("user", "user"))
    return bool(owned.filter(whose=account.user_id).update(**changes))


def add_extra_data(account: SocialAccount, fresh: dict[str, Any]) -> None:
    """Store what TikTok told; call it in a transaction that holds the account."""
    if merged_extra_data(account.extra_data, fresh) == account.extra_data:
        return
    # The row was read before it was locked: what was stored since must not be lost.
    account.refresh_from_db(fields=["extra_data"])
    account.extra_data = merged_extra_data(account.extra_data, fresh)
    rows = SocialAccount.objects.filter(pk=account.pk)
    rows.update(extra_data=account.extra_data)
