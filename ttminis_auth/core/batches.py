"""Go through a table of any size in a memory of fixed size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)

SIZE = 500


def batches(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """Yield the rows in the order of their keys, some hundred at a time.

    Each batch is a query of its own: no cursor stays open while somebody works on it,
    and whatever they delete or change does not move the next one.
    """
    beyond: dict[str, Any] = {}
    while batch := list(rows.filter(**beyond).order_by("pk")[:SIZE]):
        yield batch
        beyond = {"pk__gt": batch[-1].pk}


def one_by_one(rows: QuerySet[Row]) -> Iterator[Row]:
    """Yield the rows in the order of their keys, each as it is once its turn has come.

    For work that takes long: what is gone or done by then is left out.
    """
    beyond: dict[str, Any] = {}
    in_order = rows.order_by("pk").values_list("pk", flat=True)
    while pks := list(in_order.filter(**beyond)[:SIZE]):
        for pk in pks:
            yield from rows.filter(pk=pk)
        beyond = {"pk__gt": pks[-1]}
