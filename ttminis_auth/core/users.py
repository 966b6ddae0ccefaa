"""The user of a login: as they are now, shown by the project, and with a name."""

from __future__ import annotations

from typing import Any

from ..errors import UserInactive
from .locks import held_users, hold, is_shown

NAME_FIELDS = ("first_name", "last_name")


def fill_blank_names(user: Any, populated: Any) -> None:
    """Give the user the names that allauth's ``populate_user`` would, where blank.

    What somebody typed in is never overwritten, and the username never changes. Call it
    in a transaction that holds the user's account.
    """
    blank = _blank_names(user, populated)
    if not blank:
        return
    # The user may have typed a name in since this row was read.
    now = held_users(user.pk).get()
    if found := _blank_names(now, populated):
        vars(now).update(found)
        now.save(update_fields=list(found))
    vars(user).update({name: getattr(now, name) for name in blank})


def _blank_names(user: Any, populated: Any) -> dict[str, str]:
    blank = [name for name in NAME_FIELDS if getattr(user, name, None) == ""]
    return {name: text for name in blank if (text := getattr(populated, name, ""))}


def as_now(user: Any) -> Any:
    """Lock a stored user and return the row as it is now.

    The user of the request was read before TikTok was asked. An operator may have
    banned or erased that user while TikTok was answering. To save the old row would
    undo the ban, or bring the user back.

    Raises UserInactive for a user who may not log in any more.
    """
    now = hold(user.pk).get(user.pk)
    if now is None or not now.is_active:
        raise UserInactive
    return now


def require_shown(user: Any) -> None:
    """Raise UserInactive for a user whom the project's default manager hides.

    Django finds no such user by the session: the visitor would be logged in, and nobody
    at the next request, and a page that logs in silently would try again for ever.
    """
    if not is_shown(user):
        raise UserInactive
