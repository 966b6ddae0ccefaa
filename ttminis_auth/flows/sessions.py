"""Which of TikTok's apps a session came from, and how to end it from outside."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from allauth import app_settings
from allauth.usersessions.adapter import get_adapter
from django.apps import apps
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.sessions.backends import signed_cookies
from django.http import HttpRequest
from django.utils import timezone

from ..conf import conf
from . import database
from .batches import batches

logger = logging.getLogger("ttminis_auth")

SESSION_KEY = "ttminis_client_key"

_USER_SESSION = "usersessions.UserSession"

# What Django and allauth note about a login, and not about the person's doings.
_OF_THE_LOGIN = ("_auth_user_", "account_", "socialaccount_", SESSION_KEY)


def is_from_app(request: HttpRequest, client_key: str) -> bool:
    """Say whether the session's last login was a Minis login of this app."""
    return bool(request.session.get(SESSION_KEY) == client_key)


def remember_app(request: HttpRequest, client_key: str | None) -> None:
    """Note how the user who logs in right now came here; None: not through Minis."""
    if client_key is not None:
        request.session[SESSION_KEY] = client_key
    elif SESSION_KEY in request.session:
        del request.session[SESSION_KEY]


def data(request: HttpRequest) -> dict[str, Any]:
    """Return what the project keeps in the session, without what a login put there."""
    items = request.session.items()
    return {key: value for key, value in items if not key.startswith(_OF_THE_LOGIN)}


def end(user: Any, client_key: str | None = None) -> int:
    """End the user's sessions on all their devices, and return how many these were.

    With a ``client_key``, only those that a Minis login of this app began. The session
    token of an app that talks to ``allauth.headless`` is a session like any other.

    ``allauth.usersessions`` knows whose a session is; without it, the engines that
    keep sessions in the database are read through, all of them. Where neither helps
    no session can be found, and that is logged.

    Inside a transaction that is rolled back later, sessions in a cache or in files
    have ended all the same.
    """
    pk = user._meta.pk.value_to_string(user)
    keys = [
        key
        for key, content in _sessions_of(user)
        if content.get(USER_KEY) == pk
        and client_key in (None, content.get(SESSION_KEY))
    ]
    _delete(user, keys)
    # With cached_db, whoever reads the session before we commit finds it still in the
    # database, and puts it back into the cache, where it would live on.
    database.on_commit(partial(_delete_again, keys), robust=True)
    return len(keys)


def can_be_found() -> bool:
    """Say whether ``end`` finds the sessions of a user in this project."""
    if issubclass(conf.session_store, signed_cookies.SessionStore):
        return False  # they are in the browsers, and nowhere else
    return app_settings.USERSESSIONS_ENABLED or _session_model() is not None


def _sessions_of(user: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield key and content of the sessions that may be the user's."""
    if not can_be_found():
        logger.warning(
            "Sessions cannot be ended: install allauth.usersessions, and a "
            "SESSION_ENGINE that keeps them on the server"
        )
    elif app_settings.USERSESSIONS_ENABLED:
        for known in _known_to_allauth(user).iterator():
            yield known.session_key, _content(known.session_key)
    else:
        living = _session_model()._default_manager.filter(
            expire_date__gt=timezone.now()
        )
        for batch in batches(living):
            yield from ((row.session_key, row.get_decoded()) for row in batch)


def _known_to_allauth(user: Any) -> Any:
    return apps.get_model(_USER_SESSION)._default_manager.filter(user=user)


def _content(key: str) -> dict[str, Any]:
    store = conf.session_store(key)
    content = dict(store.items())
    if store.session_key != key:
        # It has expired, and the file engine begins a new one when that is read.
        store.delete()
    return content


def _session_model() -> Any:
    find = getattr(conf.session_store, "get_model_class", None)
    return find() if find else None


def _delete(user: Any, keys: Collection[str]) -> None:
    if app_settings.USERSESSIONS_ENABLED:
        ending = _known_to_allauth(user).filter(session_key__in=keys)
        get_adapter().end_sessions(ending)
    else:
        _delete_again(keys)


def _delete_again(keys: Collection[str]) -> None:
    for key in keys:
        conf.session_store().delete(key)
