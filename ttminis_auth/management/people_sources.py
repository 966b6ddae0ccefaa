"""Read a site's TikTok users from a CSV file, a model, or allauth's accounts.

A source may name one open_id twice, a million rows apart. So all of it is read before
the first user is adopted, into a file that SQLite keeps outside of memory and deletes.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TextIO

from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core.exceptions import FieldError
from django.core.management.base import CommandError
from django.db.models import CharField, F, Model, QuerySet, Value

from ..core.batches import SIZE, flat
from ..identity import stored_data
from ..linking.adopt import KnownPerson

# The open_id, what names the user, and the union_id, each of any type, or None.
Row = Sequence[object]


def rows_of_csv(
    file: TextIO, open_id: str, user: str, union_id: str | None
) -> Iterator[Row]:
    """Yield the rows of a CSV file, whose first line names its columns."""
    reader = csv.DictReader(file, strict=True, skipinitialspace=True)
    try:
        columns = reader.fieldnames or []
        for name in filter(None, (open_id, user, union_id)):
            if columns.count(name) != 1:
                has = ", ".join(columns) or "none"
                raise CommandError(f"There is no one column {name}; there are: {has}.")
        for row in reader:
            yield row[open_id], row[user], row[union_id] if union_id else None
    except csv.Error as error:
        raise CommandError(f"Line {reader.line_num}: {error}.") from error
    except UnicodeDecodeError as error:
        # Python decodes some thousand bytes at once, far ahead of the row.
        line = reader.line_num + 1 + error.object.count(b"\n", 0, error.start)
        raise CommandError(f"Line {line} is not UTF-8.") from error


def rows_of_model(
    label: str, open_id: str, user: str, union_id: str | None
) -> Iterator[Row]:
    """Yield the columns of a model's rows; ``label`` is as "shop.Player"."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise CommandError(f"{label} names no model, as shop.Player does.") from error
    no_union_id = Value(None, CharField(null=True))
    rows = model._default_manager.all()
    try:
        for path in filter(None, (open_id, user, union_id)):
            _require_one_value(rows, path)
        found = rows.only("pk").annotate(
            found_open_id=F(open_id),
            found_user=F(user),
            found_union_id=F(union_id) if union_id else no_union_id,
        )
        for row in flat(found):
            yield row.found_open_id, row.found_user, row.found_union_id
    except FieldError as error:
        raise CommandError(f"{error}") from error


def _require_one_value(rows: QuerySet[Model], path: str) -> None:
    # One row read as several may be cut in two between batches.
    names, meta = path.split("__"), rows.model._meta
    if any(step.m2m for step in rows.query.names_to_path(names, meta)[0]):
        raise CommandError(f"{path} leads to several rows, and which one is meant?")


def rows_of_accounts(provider: str) -> Iterator[Row]:
    """Yield the accounts that allauth's ``tiktok`` provider has stored."""
    for account in flat(SocialAccount.objects.filter(provider=provider)):
        union_id = stored_data(account.extra_data).get("union_id")
        yield account.uid, account.user_id, union_id


class Staged:
    """The rows of a source, by open_id."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE row (n, open_id, user, union_id)")

    def fill(self, rows: Iterable[Row]) -> None:
        """Read rows; one without an open_id is a user without TikTok."""
        numbered = ((n, *map(_text, row)) for n, row in enumerate(rows, 1))
        self._database.executemany(
            "INSERT INTO row VALUES (?, ?, ?, NULLIF(?, ''))",
            (row for row in numbered if row[1]),
        )
        self._database.execute("CREATE INDEX by_open_id ON row (open_id)")

    def count(self) -> int:
        """Return how many open_ids there are."""
        found = self._database.execute("SELECT COUNT(DISTINCT open_id) FROM row")
        return int(found.fetchone()[0])

    def batches(self) -> Iterator[list[KnownPerson]]:
        """Yield the people, some hundred at a time."""
        # The first and the last are enough to show that there are several.
        found = self._database.execute(
            "SELECT open_id, MIN(n), MIN(user), MAX(user), MIN(union_id), MAX(union_id)"
            " FROM row GROUP BY open_id"
        )
        while batch := [_person(*row) for row in islice(found, SIZE)]:
            yield batch

    def close(self) -> None:
        """Delete the file."""
        self._database.close()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _person(open_id: str, row: int, *values: str | None) -> KnownPerson:
    first_user, last_user, *union_ids = values
    users = {user for user in (first_user, last_user) if user is not None}
    return KnownPerson(
        open_id=open_id,
        users=sorted(users),
        union_ids=sorted(set(filter(None, union_ids))),
        row=row,
    )
