"""What only MariaDB and MySQL know: that a text may be taken for another one.

By default they compare without regard to case and accents, and an old database stores
"utf8mb3", which has no emoji. What a column takes for what, the server is asked: there
are hundreds of collations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from ..core import database
from ..core.user_columns import has_column
from ..core.users import NAME_FIELDS
from ..models import Identity
from .apps import waits_for_migrations

# Who a TikTok user is.
_NAMING: tuple[tuple[type[Model], str], ...] = (
    (Identity, "client_key"),
    (Identity, "open_id"),
    (Identity, "union_id"),
    (SocialAccount, "uid"),
)


class _Column(NamedTuple):
    """A column that holds text, as the server describes it."""

    place: str
    type: str
    null: str
    charset: str
    collation: str


def check_collations(
    *, databases: Collection[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """Refuse columns that take two TikTok users for one, or have no emoji.

    Says nothing while migrations wait: ``migrate`` stops at errors, and may mend them.
    """
    connection = connections[database.alias()]
    if connection.alias not in (databases or ()) or connection.vendor != "mysql":
        return []
    with connection.cursor() as cursor:
        found = [*_one_for_two(cursor), *_without_emoji(cursor)]
    return [] if found and waits_for_migrations(connection.alias) else found


def _one_for_two(cursor: CursorWrapper) -> Iterator[checks.CheckMessage]:
    for model, name in _NAMING:
        column = _column(cursor, model, name)
        if column and any(_takes(cursor, column, "a", other) for other in "Aá"):
            table, _, field = column.place.partition(".")
            yield checks.Error(
                f"The database takes two TikTok users for one: {column.place} has the "
                f"collation {column.collation}.",
                hint=f"Run ALTER TABLE `{table}` MODIFY `{field}` {column.type} "
                f"COLLATE utf8mb4_bin {column.null}. Until then, a user whose ID "
                "differs from another one's by the case of a letter cannot log in.",
                id="ttminis_auth.E020",
            )


def _without_emoji(cursor: CursorWrapper) -> Iterator[checks.CheckMessage]:
    user = get_user_model()
    for name in NAME_FIELDS:
        column = _column(cursor, user, name) if has_column(user, name) else None
        if column and _takes(cursor, column, "😀", "?"):
            table = column.place.partition(".")[0]
            yield checks.Error(
                f"Names from TikTok have emoji, and {column.place} has the character "
                f"set {column.charset}, which has none.",
                hint=f"Run ALTER TABLE `{table}` CONVERT TO CHARACTER SET utf8mb4. "
                "Until then, the consent of a user with such a name fails.",
                id="ttminis_auth.E021",
            )


def _column(cursor: CursorWrapper, model: type[Model], name: str) -> _Column | None:
    """Return what the server knows of a column of text; None where there is none."""
    field = next(f for f in model._meta.concrete_fields if f.name == name)
    table = field.model._meta.db_table
    cursor.execute(
        "SELECT column_type, IF(is_nullable = 'YES', 'NULL', 'NOT NULL'), "
        "character_set_name, collation_name FROM information_schema.columns WHERE "
        "table_schema = DATABASE() AND table_name = %s AND column_name = %s "
        "AND collation_name IS NOT NULL",
        [table, field.column],
    )
    found = cursor.fetchone()
    return _Column(f"{table}.{field.column}", *found) if found else None


def _takes(cursor: CursorWrapper, column: _Column, text: str, other: str) -> bool:
    """Return whether the column would take a text for another one."""
    # The names in this SQL come from the server itself.
    as_stored = f"CONVERT(%s USING {column.charset}) COLLATE {column.collation}"
    cursor.execute(f"SELECT {as_stored} = {as_stored}", [text, other])
    return bool(cursor.fetchone()[0])
