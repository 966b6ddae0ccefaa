"""Transaction helpers for the database that holds users and identities.

Foreign keys tie our tables to allauth's social accounts, and these to the users: they
live in one database. Which one that is, is for the project's routers to say; Django's
own functions would open their transactions in "default", and guard nothing there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connections, router, transaction

from ..models import Identity

View = TypeVar("View", bound=Callable[..., object])


def alias() -> str:
    """Return the name of the database, as in ``DATABASES``."""
    return str(router.db_for_write(Identity))


class _Atomic(transaction.Atomic):
    """A transaction that SQLite gives the file from its beginning.

    Else one that reads before it writes would fail at once while another one is
    writing. This way it waits for its turn, as long as the connection's ``timeout``.
    """

    def __enter__(self) -> None:
        connection: Any = connections[self.using or alias()]
        if has_row_locks() or connection.in_atomic_block:
            super().__enter__()
            return
        connection.ensure_connection()  # by which it learns of its mode
        mode, connection.transaction_mode = connection.transaction_mode, "IMMEDIATE"
        try:
            super().__enter__()
        finally:
            connection.transaction_mode = mode


def atomic() -> transaction.Atomic:
    """Return a transaction, or a savepoint inside of one."""
    return _Atomic(alias(), savepoint=True, durable=False)


def durable() -> transaction.Atomic:
    """Return a transaction that no outer transaction can roll back."""
    return transaction.atomic(using=alias(), durable=True)


def innermost_transaction() -> object:
    """Return the transaction or savepoint that began last; each is another object."""
    return connections[alias()].atomic_blocks[-1]


def in_transaction() -> bool:
    """Return whether what is done now may still be rolled back."""
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
    """Return whether the database can lock a row; SQLite cannot."""
    return bool(connections[alias()].features.has_select_for_update)


def can_lock_one_table() -> bool:
    """Return whether a lock can leave out joined rows; MariaDB locks these along."""
    return bool(connections[alias()].features.has_select_for_update_of)


def can_skip_locked() -> bool:
    """Return whether a statement can leave out locked rows; MariaDB 10.5 cannot."""
    return bool(connections[alias()].features.has_select_for_update_skip_locked)
