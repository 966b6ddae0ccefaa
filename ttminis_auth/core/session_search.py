"""Find the sessions of a user, however they began, and delete them.

``allauth.usersessions`` knows the user of a session, as far as it saw it begin; without
it, the engines that keep sessions in the database are read through, all of them. Where
neither helps, no session can be found. The sessions of Minis logins end without that,
see ``session_hash``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from allauth import app_settings
from allauth.usersessions import app_settings as usersessions
from allauth.usersessions.adapter import get_adapter
from django.apps import apps
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.contrib.sessions.backends import signed_cookies
from django.utils import timezone

from ..conf import conf
from . import database, session_hash
from .batches import batches, flat
from .sessions import SESSION_KEY as APP_KEY

_USER_SESSION = "usersessions.UserSession"


def can_be_found() -> bool:
    """Return whether sessions can be searched for a user in this project."""
    if issubclass(conf.session_store, signed_cookies.SessionStore):
        return False  # they are in the browsers, and nowhere else
    return app_settings.USERSESSIONS_ENABLED or _session_model() is not None


def finds_all() -> bool:
    """Return whether a search finds every session of a user, however it began.

    ``allauth.usersessions`` knows of the logins through allauth, and of Django's own
    login pages only where its middleware notes each request.
    """
    if not can_be_found():
        return False
    return not app_settings.USERSESSIONS_ENABLED or usersessions.TRACK_ACTIVITY


def end(user: User) -> int | None:
    """End the user's Minis sessions, and all others that can be found.

    Returns how many were found, those of Minis among them; None if this project's
    sessions cannot be searched. Not for a transaction that holds rows: it takes long.
    """
    session_hash.end(user)
    keys = find(user)
    return None if keys is None else delete(keys)


def find(*users: User, minis_only: bool = False) -> list[str] | None:
    """Return the keys of the users' sessions; None if they cannot be searched.

    ``minis_only`` leaves out what another login than one of Minis began.
    """
    if not can_be_found():
        return None
    pks = {user._meta.pk.value_to_string(user) for user in users}
    return [
        key
        for key, content in _sessions_of(users)
        if content.get(USER_KEY) in pks and (APP_KEY in content or not minis_only)
    ]


def delete(keys: Collection[str]) -> int:
    """Delete sessions, and what ``allauth.usersessions`` noted; return how many."""
    if app_settings.USERSESSIONS_ENABLED:
        known = apps.get_model(_USER_SESSION)._default_manager
        get_adapter().end_sessions(known.filter(session_key__in=keys))
    _delete(keys)
    if database.in_transaction():
        # With cached_db, a visitor who reads the session before the commit finds it
        # still in the database, and puts it back into the cache, to live on there.
        database.on_commit(partial(_delete, keys), robust=True)
    return len(keys)


def _sessions_of(users: Collection[User]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield key and content of the sessions that may be one of the users'."""
    if app_settings.USERSESSIONS_ENABLED:
        known = apps.get_model(_USER_SESSION)._default_manager
        for each in flat(known.filter(user__in=users)):
            yield each.session_key, _content(each.session_key)
    else:
        sessions = _session_model()._default_manager.filter(
            expire_date__gt=timezone.now()
        )
        for batch in batches(sessions):
            yield from ((row.session_key, row.get_decoded()) for row in batch)


def _content(key: str) -> dict[str, object]:
    store = conf.session_store(key)
    content = dict(store.items())
    if store.session_key != key:
        # It has expired, and the file engine begins a new one when that is read.
        store.delete()
    return content


def _session_model() -> Any:
    find = getattr(conf.session_store, "get_model_class", None)
    return find() if find else None


def _delete(keys: Collection[str]) -> None:
    for key in keys:
        conf.session_store().delete(key)
