"""Let Django's own deletion of users, accounts and identities keep the order of locks.

The admin, ``user.delete()``, a queryset and allauth's page of connections all delete by
Django's ``Collector``. It reads what is going to be deleted. Then it opens a
transaction, sends all ``pre_delete`` signals, and deletes: grants first, then
identities, accounts and users. A login writes to the account first, and the two would
wait for each other. So these signals take the locks first, in the order of ``locks``.

What a login or a ``connect`` has stored between the reading and the lock would refer to
a row that is gone. It is deleted here. What an operator or a merge has given to another
user in between is not deleted: it belongs to that user.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, pre_delete

from ..models import Identity
from . import database, locks

# On the object that a deletion began with: its ``_Deletion``.
_NOTED = "_ttminis_deletion"


class MovedMeanwhile(OperationalError):
    """A deletion of users would have taken an account that is another user's by now.

    Nothing is deleted. Delete the users again: then Django reads what is theirs.
    """


@dataclass(kw_only=True, slots=True)
class _Deletion:
    """What is known of a deletion.

    Attributes:
        transaction: the one that the collector opened for it: who fails may delete the
            same object once more.
        read: what the collector has read, so far. The signals of rows come before
            those of the rows that they refer to.
        held: the keys of the accounts of the users that it began with, or None where
            it began with something else. A queryset may find fewer users by now than
            the collector has read.
    """

    transaction: object
    read: set[tuple[str, object]] = field(default_factory=set)
    held: set[object] | None


def prepare(instance: Model, origin: object) -> None:
    """Lock what belongs to the user of a row that is about to be deleted.

    Arguments:
        instance: a user, an account or an identity, of which Django sends the signal.
        origin: the object or queryset that the deletion began with, or None.

    Raises MovedMeanwhile.
    """
    deletion = _noted_on(origin)
    if isinstance(instance, Identity):
        if deletion.held is None:
            locks.hold_accounts_beside(instance.account_id)
        _delete_rows_of(instance)
        late: QuerySet[Model] = Identity.objects.none()
    elif isinstance(instance, SocialAccount):
        _hold(instance, deletion.held)
        late = Identity.objects.filter(account=instance.pk)
    else:
        if deletion.held is None:
            locks.hold_accounts_of([instance.pk])
        locks.held_users(instance.pk)
        late = SocialAccount.objects.filter(user=instance.pk)
    deletion.read.add(_name(instance))
    for row in late if origin else ():
        if _name(row) not in deletion.read:
            row.delete()


def _name(row: Model) -> tuple[str, object]:
    return row._meta.db_table, row.pk


def _noted_on(origin: object) -> _Deletion:
    """Return what is known of a deletion; first, hold all accounts that it needs."""
    transaction = database.innermost_transaction()
    known = vars(origin) if origin is not None else {}
    noted: _Deletion | None = known.get(_NOTED)
    if noted is None or noted.transaction is not transaction:
        noted = _Deletion(transaction=transaction, held=_hold_all(origin))
        known[_NOTED] = noted
    return noted


def _hold_all(origin: object) -> set[object] | None:
    """Hold the accounts of all users at once, and return the keys for ``held``."""
    # Of many users at once: two such deletions could come to them in turns.
    for model, path in _PATHS.items():
        if isinstance(origin, QuerySet) and issubclass(origin.model, model):
            held = locks.hold_accounts_of(origin.order_by().values(path))
            return {account.pk for account in held} if path == "pk" else None
    if isinstance(origin, get_user_model()):
        return {account.pk for account in locks.hold_accounts_of([origin.pk])}
    return None


def _hold(account: SocialAccount, held: set[object] | None) -> None:
    if held is not None:
        if account.pk in held:
            return
        # An operator links a TikTok account to olga, and in the same moment another one
        # deletes the user who had it. Django would delete olga's account.
        now = SocialAccount.objects.filter(pk=account.pk).first()
        if now and now.user_id != account.user_id:
            raise MovedMeanwhile("An account has another user by now.")
    locks.hold_accounts_beside(account.pk)


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
