"""Hold users and their social accounts, always in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.db.models.manager import BaseManager

from . import database

# SQLite has no locks on rows and serves one process: this is the lock there. In a
# transaction that reads before it writes, a second thread would find the file locked.
_only_process = Lock()


def hold(*pks: Any) -> dict[Any, Any]:
    """Hold users and their social accounts; call it in a transaction.

    Returns the users by their keys, as they are now, without those who are gone: also
    for the project, whose manager hides whom it calls deleted.
    """
    # The accounts come first, as in a login, which notes itself in the account and then
    # fills in the user's name: the other way round, the two would wait for each other.
    # In the order of their keys, so that two of us do not.
    accounts = SocialAccount.objects.filter(user__in=pks).order_by("pk")
    list(accounts.select_for_update().values_list("pk"))
    held = {user.pk: user for user in held_users(*pks)}
    shown = get_user_model()._default_manager.filter(pk__in=held)
    return {pk: held[pk] for pk in shown.values_list("pk", flat=True)}


def is_shown(user: Any) -> bool:
    """Say whether the project's default manager, which Django asks, finds a user."""
    manager: Any = get_user_model()._default_manager
    filters = type(manager).get_queryset is not BaseManager.get_queryset
    # Django's own managers hide nobody: most projects are spared the statement.
    if not filters and manager._queryset_class is QuerySet:
        return True
    return bool(manager.filter(pk=user.pk).exists())


@contextmanager
def only_one(*pks: Any) -> Iterator[None]:
    """Let one worker at a time look something up about these users and store it."""
    if database.has_row_locks():
        with database.atomic():
            hold(*pks)
            yield
    else:
        with _only_process:
            yield


def hold_accounts_beside(account_pk: Any) -> None:
    """Hold all social accounts of the user who has this one; in a transaction."""
    theirs = SocialAccount.objects.filter(user__socialaccount=account_pk)
    held = theirs.order_by("pk").select_for_update(of=database.row_alone())
    list(held.values_list("pk"))


def held_users(*pks: Any) -> QuerySet[Any]:
    """Return users whom it locks when it is evaluated, hidden ones included."""
    # Without what a project's managers add: PostgreSQL locks neither sums of rows nor
    # rows of an outer join, and a joined row is somebody else's to hold.
    users = get_user_model()._base_manager.select_related(None).select_for_update()
    return users.filter(pk__in=pks).order_by("pk")
