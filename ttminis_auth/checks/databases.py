"""What the database with the users has to be told."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import connections

from ..core import database


def check_transaction_mode(**kwargs: Any) -> list[checks.CheckMessage]:
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
