"""What the settings of the users' database must have."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import connections, router

from ..core import database

# How to ask a server. MariaDB and MySQL call the variable by different names.
_ISOLATION = {
    "postgresql": "SELECT 1, current_setting('transaction_isolation')",
    "mysql": "SHOW VARIABLES WHERE Variable_name IN "
    "('tx_isolation', 'transaction_isolation')",
}


def check_transaction_mode(**kwargs: object) -> list[checks.CheckMessage]:
    """Warn when transactions of a SQLite file fail instead of waiting for each other.

    Those of this package wait in any case. Those of Django's admin, of allauth and of
    ``ATOMIC_REQUESTS`` begin as the database is set up.
    """
    connection: Any = connections[database.alias()]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return []
    options = connection.settings_dict["OPTIONS"]
    if str(options.get("transaction_mode")).upper() in ("IMMEDIATE", "EXCLUSIVE"):
        return []
    return [
        checks.Warning(
            "A request that reads and then writes in a transaction fails at once with "
            '"database is locked" while another request is writing.',
            hint=f'Set DATABASES["{connection.alias}"]["OPTIONS"] = '
            '{"transaction_mode": "IMMEDIATE"}: it then waits for its turn. In '
            "production use PostgreSQL, MariaDB or MySQL.",
            id="ttminis_auth.W017",
        )
    ]


def check_one_database(**kwargs: object) -> list[checks.CheckMessage]:
    """Refuse routers that read users or identities elsewhere than they write them."""
    here = database.alias()
    ours: Any = apps.get_app_config("ttminis_auth").get_models()
    ways = (("read from", router.db_for_read), ("written to", router.db_for_write))
    elsewhere = [
        f'{model._meta.label} is {way} "{name}"'
        for model in [*ours, SocialAccount, get_user_model()]
        for way, ask in ways
        if (name := ask(model)) != here
    ]
    if not elsewhere:
        return []
    return [
        checks.Error(
            f'The routers part what belongs into one database, "{here}": '
            f"{', '.join(elsewhere)}.",
            hint="Have db_for_read and db_for_write name one database for the user "
            "model and the apps ttminis_auth and socialaccount. A copy lags behind: a "
            "login would not find the user of a moment ago, or let in one who was just "
            "banned. Read other tables from it.",
            id="ttminis_auth.E018",
        )
    ]


def check_isolation(
    *, databases: Collection[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """Warn where a transaction goes on to see rows as they were before it waited."""
    connection = connections[database.alias()]
    ask = _ISOLATION.get(connection.vendor)
    if ask is None or connection.alias not in (databases or ()):
        return []
    with database.atomic(), connection.cursor() as cursor:
        cursor.execute(ask)
        level = cursor.fetchone()[1].lower().replace("-", " ")
    if level == "read committed":
        return []
    return [
        checks.Warning(
            f'The isolation level of the database is "{level}". A transaction that has '
            "waited for another one then fails, or works with rows as they were.",
            hint='Use Django\'s default level, "read committed". On MariaDB and MySQL, '
            f'set DATABASES["{connection.alias}"]["OPTIONS"]["isolation_level"] to it; '
            'on PostgreSQL, remove "isolation_level" from the options.',
            id="ttminis_auth.W019",
        )
    ]
