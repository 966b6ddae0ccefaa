"""Let Django's own deletion of users, accounts and identities keep the order of locks.

The admin, ``user.delete()``, a queryset and allauth's page of connections all delete by
Django's ``Collector``. It reads what is going to be deleted. Then it opens a
transaction, sends all ``pre_delete`` signals, and deletes: grants first, then
identities, accounts and users. A login writes to the account first, and the two would
wait for each other. So these signals take the locks first, in the order of ``locks``.

What a login or a ``connect`` has stored between the reading and the lock would refer to
a row that is gone. It is deleted here.
"""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, pre_delete

from ..models import Identity
from . import locks

# On the object that a deletion began with: which rows the collector is known to have
# read. Their signals come before those of the rows that they refer to.
_READ = "_ttminis_read"


def prepare(instance: Model, origin: object) -> None:
    """Hold what belongs to the user of a row that is about to be deleted.

    Arguments:
        instance: a user, an account or an identity, of which Django sends the signal.
        origin: the object or queryset that the deletion began with, or None.
    """
    read = _read_by(origin)
    if isinstance(instance, Identity):
        locks.hold_accounts_beside(instance.account_id)
        _delete_rows_of(instance)
        late: QuerySet[Model] = Identity.objects.none()
    elif isinstance(instance, SocialAccount):
        locks.hold_accounts_beside(instance.pk)
        late = Identity.objects.filter(account=instance.pk)
    else:
        locks.hold_accounts_of([instance.pk])
        locks.held_users(instance.pk)
        late = SocialAccount.objects.filter(user=instance.pk)
    read.add(_name(instance))
    for row in late if origin else ():
        if _name(row) not in read:
            row.delete()


def _name(row: Model) -> tuple[str, object]:
    return row._meta.db_table, row.pk


def _read_by(origin: object) -> set[tuple[str, object]]:
    """Return what a deletion is known to have read; first, hold all of its accounts."""
    known = vars(origin) if origin is not None else {}
    if _READ not in known and isinstance(origin, QuerySet):
        # Of many users at once: two such deletions could come to them in turns.
        _hold_accounts(origin)
    read: set[tuple[str, object]] = known.setdefault(_READ, set())
    return read


def _hold_accounts(rows: QuerySet[Model]) -> None:
    for model, path in _PATHS.items():
        if issubclass(rows.model, model):
            locks.hold_accounts_of(rows.order_by().values(path))


def _delete_rows_of(identity: Identity) -> None:
    """Delete rows that the collector may not have read, because they are too new.

    It reads these tables only where a project listens to their deletion. Elsewhere
    Django deletes by a condition, once the locks are held, and finds them all.
    """
    older, younger = identity.conflicts_as_older, identity.conflicts_as_younger
    for rows in (identity.grants.all(), older.all(), younger.all()):
        if pre_delete.has_listeners(rows.model) or post_delete.has_listeners(
            rows.model
        ):
            rows._raw_delete(rows.db)


# From what a queryset deletes to the users whose accounts are to be held.
_PATHS: dict[type[Model], str] = {
    get_user_model(): "pk",
    SocialAccount: "user",
    Identity: "account__user",
}
