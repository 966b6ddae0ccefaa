"""The user of a login: as they are now, shown by the project, and with a name."""

from __future__ import annotations

import logging

from django.contrib.auth.base_user import AbstractBaseUser as User
from django.core.exceptions import ValidationError

from ..errors import UserInactive
from . import database
from .failures import note_failure
from .locks import held_users, hold, is_shown
from .user_columns import has_column

NAME_FIELDS = ("first_name", "last_name")


def fill_blank_names(user: User, populated: User | None) -> None:
    """Give the user the names that allauth's ``populate_user`` would, where blank.

    What a user typed in is never overwritten, and the username never changes. Call it
    in a transaction that holds the user's account.
    """
    blank = _blank_names(user, populated)
    if not blank:
        return
    # The user may have typed a name in since this row was read.
    (now,) = held_users(user.pk)
    if found := _blank_names(now, populated):
        vars(now).update(found)
        try:
            with database.atomic():
                now.save(update_fields=list(found))
        except ValidationError as error:
            # The project's save() has rules for names, or for what is stored already.
            note_failure("The project refused a user's name", error, logging.WARNING)
            return
    vars(user).update({name: getattr(now, name) for name in blank})


def _blank_names(user: User, populated: User | None) -> dict[str, str]:
    blank = [n for n in NAME_FIELDS if has_column(user, n) and not getattr(user, n)]
    return {name: text for name in blank if (text := getattr(populated, name, ""))}


def as_now(user: User) -> User:
    """Lock a stored user and return the row as it is now.

    The user of the request was read before TikTok was asked. An operator may have
    banned or erased that user while TikTok was answering. To save the old row would
    undo the ban, or bring the user back.

    Raises UserInactive for a user who may not log in any more.
    """
    now: User | None = hold(user.pk).get(user.pk)
    if now is None or not now.is_active:
        raise UserInactive
    return now


def require_shown(user: User) -> None:
    """Raise UserInactive for a user that the project's default manager hides.

    Django finds no such user by the session: the visitor would be logged in, and
    anonymous at the next request. A page that logs in silently would try for ever.
    """
    if not is_shown(user):
        raise UserInactive
