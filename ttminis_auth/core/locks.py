"""The order of locks, and every function that takes one.

A transaction of this package locks rows in this order, and within a table in the order
of the keys:

1. webhook deliveries,
2. social accounts, all that the transaction will need,
3. users,
4. identities, then their grants, then linking conflicts.

The social accounts of a user stand for everything that belongs to the user. A login
writes to its own account first. Whatever else writes to rows of a user holds all of the
user's accounts first. So a transaction that has its accounts waits for no other.

What takes several accounts comes first in its transaction, before all that only reads.
MariaDB gives locks up at a rollback to a savepoint where the transaction had done
nothing before the savepoint, and PostgreSQL always.

A renewal is the exception. It holds one grant while TikTok is asked, and nothing else.
It takes no further lock that it would have to wait for.
"""

from __future__ import annotations

from typing import Any, TypeVar

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db import OperationalError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.manager import BaseManager

from ..models import Grant, Identity, LinkingConflict, WebhookDelivery
from . import database

Row = TypeVar("Row", bound=Model)

# How many rows others may hold at the same time: more than there are workers.
CROWD = 100
# What a database answers to NOWAIT: MariaDB, MySQL, PostgreSQL.
_LOCKED = frozenset({1205, 3572, "55P03"})


def hold(*pks: object) -> dict[object, Any]:
    """Lock users and their social accounts; call it in a transaction.

    Returns the users by their keys, as they are now, without those who are gone: also
    for the project, whose manager hides users that it calls deleted.
    """
    hold_accounts_of(pks)
    held = {user.pk: user for user in held_users(*pks)}
    shown = get_user_model()._default_manager.filter(pk__in=held)
    return {pk: held[pk] for pk in shown.values_list("pk", flat=True)}


def is_shown(user: User) -> bool:
    """Return whether the project's default manager, which Django asks, finds a user."""
    manager = get_user_model()._default_manager
    filters = type(manager).get_queryset is not BaseManager.get_queryset
    # Django's own managers hide no user: most projects are spared the statement.
    if not filters and getattr(manager, "_queryset_class", None) is QuerySet:
        return True
    return bool(manager.filter(pk=user.pk).exists())


def hold_accounts_of(
    users: object, deliveries: QuerySet[WebhookDelivery] | None = None
) -> QuerySet[SocialAccount]:
    """Lock all social accounts of these users, or keys of users; in a transaction.

    Holds webhook deliveries before, if any. The handler of a webhook holds its delivery
    while the project's receivers run, and these may want the rows of a user.
    """
    theirs = SocialAccount.objects.filter(Q(user__in=users))
    while True:
        with database.atomic():
            if deliveries is not None:
                hold_deliveries(deliveries)
            if not database.has_row_locks():
                return _hold(theirs)
            found = _keys(theirs)
            held = _hold(theirs)
            if found == {account.pk for account in held} == _keys(theirs):
                return held
            # We waited for a merge. It gave them an account, perhaps with a lower key.
            # Or it took one away, and PostgreSQL keeps that locked. Both break the
            # order of locks: let go of all, and begin anew.
            database.roll_back()


def hold_account(account_pk: int) -> None:
    """Lock one social account; where rows have no locks, the caller's write does."""
    if database.has_row_locks():
        this = SocialAccount._base_manager.select_for_update().filter(pk=account_pk)
        this.values_list("pk").first()


def hold_accounts_beside(
    account_pk: int, deliveries: QuerySet[WebhookDelivery] | None = None
) -> SocialAccount | None:
    """Lock all social accounts of the user who has this one; in a transaction.

    Holds webhook deliveries before, if any. Returns the account as it is now, or None
    when it is gone.
    """
    this = SocialAccount.objects.filter(pk=account_pk)
    held = hold_accounts_of(this.values("user"), deliveries)
    return next((account for account in held if account.pk == account_pk), None)


def hold_grants(identity: Identity) -> QuerySet[Grant]:
    """Lock the active grants of an identity, once no worker renews them."""
    return _hold(identity.grants.active())


def held_users(*pks: object) -> QuerySet[User]:
    """Lock users whose accounts are held, and return them, hidden ones included."""
    # Without what a project's managers add: PostgreSQL locks neither sums of rows nor
    # rows of an outer join, and a joined row is not ours to lock.
    users = get_user_model()._base_manager.select_related(None)
    return _hold(users.filter(Q(pk__in=pks)))


def hold_conflict(conflict: LinkingConflict) -> LinkingConflict | None:
    """Lock a conflict, and return it as it is now; None when it is gone."""
    return next(iter(_hold(LinkingConflict.objects.filter(pk=conflict.pk))), None)


def hold_deliveries(rows: QuerySet[WebhookDelivery]) -> None:
    """Lock webhook deliveries; in a transaction that holds nothing yet."""
    _hold(rows.only("pk"))


def claim(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return those rows that no other transaction has locked; reading locks them."""
    return _locking(rows, skip_locked=True)


def claim_first(rows: QuerySet[Row]) -> Row | None:
    """Lock the first row that no other transaction has locked, or return None."""
    if database.can_lock_one_table():
        return claim(rows).first()
    for pk in rows.values_list("pk", flat=True)[:CROWD]:
        # Others may have locked it, or changed it before it was ours.
        if found := claim(rows.filter(pk=pk)).first():
            return found
    return None


def _hold(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Lock the rows, and return them as they are now, in the order of their keys."""
    held = _locking(rows.order_by("pk"))
    if database.has_row_locks():
        len(held)
    return held


def _locking(rows: QuerySet[Row], *, skip_locked: bool = False) -> QuerySet[Row]:
    """Return the rows, locked at the latest when they are read.

    MariaDB locks joined rows along, and the entries of the index by which it finds the
    rows, in an order of its own. Two transactions that lock these from both ends never
    come to an end. So the keys are looked up without a lock, and only they are locked.
    """
    _begin_to_write()
    if not database.has_row_locks():
        return rows
    if database.can_lock_one_table():
        return rows.select_for_update(skip_locked=skip_locked, of=("self",))
    alone = rows.model._base_manager.filter(pk__in=_keys(rows)).order_by("pk")
    if skip_locked and not database.can_skip_locked():
        free = {pk for pk in _keys(rows) if _is_locked_at_once(alone.filter(pk=pk))}
        return rows.filter(pk__in=free)
    held = alone.select_for_update(skip_locked=skip_locked)
    return rows.filter(pk__in=_keys(held))


def _is_locked_at_once(row: QuerySet[Row]) -> bool:
    """Lock a row unless it is locked already; MariaDB 10.5 cannot skip such a row."""
    try:
        with database.atomic():
            return row.select_for_update(nowait=True).first() is not None
    except OperationalError as error:
        # A lost connection, for one, must not pass for a row that is locked.
        codes = {getattr(error.__cause__, "sqlstate", None), *error.args[:1]}
        if _LOCKED.isdisjoint(codes):
            raise
        return False


def _keys(rows: QuerySet[Row]) -> set[object]:
    return set(rows.values_list("pk", flat=True))


def _begin_to_write() -> None:
    """Have the file to ourselves where rows have no locks, by writing nothing to it.

    A transaction of SQLite that has read, and then wants to write, fails at once while
    another one is writing. One that begins with a write waits for its turn.
    """
    if not database.has_row_locks():
        Identity.objects.filter(pk=0).update(state=F("state"))
