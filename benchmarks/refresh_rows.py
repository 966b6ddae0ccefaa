"""Rows of users with expiring tokens: some that TikTok knows, and any number more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from ttminis_auth.crypto import encrypt
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tiktok.secret import Secret

OLD = timedelta(hours=3)


@transaction.atomic
def add(client_key: str, answers: Sequence[dict[str, Any]], more: int) -> None:
    """Add users with these answers of TikTok, expired, and more that expire soon."""
    for start in range(0, len(answers), 1000):
        _add_known(client_key, answers[start : start + 1000])
    if more:
        _add_unknown(client_key, more)


def _add_known(client_key: str, answers: Sequence[dict[str, Any]]) -> None:
    names = [answer["open_id"] for answer in answers]
    users = User.objects.bulk_create(User(username=name) for name in names)
    accounts = SocialAccount.objects.bulk_create(
        SocialAccount(user=user, provider="ttminis", uid=user.username)
        for user in users
    )
    identities = Identity.objects.bulk_create(
        Identity(account=account, client_key=client_key, open_id=account.uid)
        for account in accounts
    )
    expired = timezone.now() - timedelta(hours=1)
    Grant.objects.bulk_create(
        Grant(
            identity=identity,
            scopes=answer["scope"],
            **_encrypted(identity, answer, "access_token", "refresh_token"),
            access_expires_at=expired + timedelta(milliseconds=nth),
            issued_at=timezone.now() - OLD,
        )
        for nth, (identity, answer) in enumerate(zip(identities, answers, strict=True))
    )


def _add_unknown(client_key: str, count: int) -> None:
    """Let the database write them: a million are a matter of a minute."""
    json = "'{}'::jsonb" if connection.vendor == "postgresql" else "'{}'"
    first = User.objects.count()
    now, sealed = _moment(timezone.now()), encrypt(Secret("x" * 60))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO auth_user (username, password, first_name, last_name, email,"
            " is_superuser, is_staff, is_active, date_joined)"
            " WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
            " SELECT 'more' || (i + %s), '', '', '', '', FALSE, FALSE, TRUE, %s FROM n",
            [count, first, now],
        )
        cursor.execute(
            "INSERT INTO socialaccount_socialaccount"
            " (provider, uid, user_id, extra_data, last_login, date_joined)"
            f" SELECT 'ttminis', username, id, {json}, date_joined, date_joined"
            # Others' users have the same open_ids as names.
            " FROM auth_user u WHERE username LIKE 'more%' AND NOT EXISTS (SELECT 1"
            " FROM socialaccount_socialaccount a WHERE a.user_id = u.id)"
        )
        cursor.execute(
            "INSERT INTO ttminis_auth_identity"
            " (account_id, client_key, open_id, state, created_at, vouched_at,"
            " sessions_valid_from, searchable_name)"
            " SELECT id, %s, uid, 'active', date_joined, date_joined, date_joined, ''"
            " FROM socialaccount_socialaccount a WHERE provider = 'ttminis'"
            " AND NOT EXISTS (SELECT 1"
            " FROM ttminis_auth_identity i WHERE i.account_id = a.id)",
            [client_key],
        )
        cursor.execute(
            "INSERT INTO ttminis_auth_grant (identity_id, scopes, access_token,"
            " refresh_token, access_expires_at, issued_at)"
            " SELECT id, 'user.info.open_id', %s, %s, %s, %s"
            " FROM ttminis_auth_identity i WHERE NOT EXISTS (SELECT 1 FROM"
            " ttminis_auth_grant g WHERE g.identity_id = i.id)",
            [
                sealed,
                sealed,
                _moment(timezone.now() + timedelta(minutes=10)),
                _moment(timezone.now() - OLD),
            ],
        )
        cursor.execute("ANALYZE")


def _encrypted(
    identity: Identity, answer: dict[str, Any], *columns: str
) -> dict[str, str]:
    place = identity.client_key, identity.open_id
    return {name: encrypt(Secret(answer[name]), *place, name) for name in columns}


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
