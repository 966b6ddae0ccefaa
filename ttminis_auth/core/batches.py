"""Read a table in batches of some hundred rows, in the order of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)

SIZE = 500


def batches(rows: QuerySet[Row], size: int | None = None) -> Iterator[list[Row]]:
    """Yield the rows in the order of their keys, some hundred at a time.

    Each batch is a query of its own: no cursor stays open while the caller works on it,
    and what the caller deletes or changes does not move the next one.
    """
    beyond: dict[str, object] = {}
    while batch := list(rows.filter(**beyond).order_by("pk")[: size or SIZE]):
        yield batch
        beyond = {"pk__gt": batch[-1].pk}


def flat(rows: QuerySet[Row]) -> Iterator[Row]:
    """Yield the rows in the order of their keys, read some hundred at a time.

    While one is worked on, the next may be changed or deleted: look again, where that
    matters.
    """
    for batch in batches(rows):
        yield from batch
