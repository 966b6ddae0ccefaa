"""The database of the people, and what happens in it together or not at all.

Foreign keys tie our tables to allauth's social accounts, and these to the users: they
live in one database. Which one that is, is for the project's routers to say; Django's
own functions would open their transactions in "default", and guard nothing there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connections, router, transaction

from ..models import Identity

View = TypeVar("View", bound=Callable[..., Any])


def alias() -> str:
    """Return the name of the database, as in ``DATABASES``."""
    return str(router.db_for_write(Identity))


def atomic() -> transaction.Atomic:
    """Return a transaction, or a savepoint inside of one."""
    return transaction.atomic(using=alias())


def durable() -> transaction.Atomic:
    """Return a transaction that is nobody else's to roll back."""
    return transaction.atomic(using=alias(), durable=True)


def in_transaction() -> bool:
    """Say whether what is done now may still be rolled back."""
    return bool(connections[alias()].in_atomic_block)


def roll_back() -> None:
    """Have the innermost ``atomic`` undo all that was done in it, once it ends."""
    transaction.set_rollback(True, using=alias())


def on_commit(act: Callable[[], object], *, robust: bool = False) -> None:
    """Act once nothing can be rolled back any more: at once outside a transaction."""
    transaction.on_commit(act, using=alias(), robust=robust)


def non_atomic_requests(view: View) -> View:
    """Keep a view out of every transaction that ``ATOMIC_REQUESTS`` puts around it."""
    # Of whichever database: views are made before all routers can be asked.
    for each in connections:
        view = transaction.non_atomic_requests(using=each)(view)
    return view


def has_row_locks() -> bool:
    """Say whether the database can lock a row; SQLite cannot."""
    return bool(connections[alias()].features.has_select_for_update)


def row_alone() -> tuple[str, ...]:
    """Return what ``select_for_update`` takes to lock no joined row.

    MariaDB cannot say it; there, the joined rows are locked along.
    """
    has_of = connections[alias()].features.has_select_for_update_of
    return ("self",) if has_of else ()
