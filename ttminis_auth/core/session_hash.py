"""End the Minis sessions of a user without a search, wherever they are kept.

Django keeps ``user.get_session_auth_hash()`` in each session, compares the two at each
request, and so ends all sessions when a password changes. Into the hash of a session
that a Minis login began also goes ``Identity.sessions_valid_from``. Change that, and no
such session counts any more: on any engine, in a cookie, in the hands of an attacker
who kept a copy, and also one that a login in flight saves a second later.

The user's hash is all that Django compares. So the sessions of a user end together,
whichever of the site's mini apps began them; in TikTok, the next page logs in again.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    get_user_model,
    load_backend,
)
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from ..conf import conf
from ..errors import Misconfigured
from ..models import Identity
from ..models.identity import IdentityQuerySet
from . import database
from .locks import hold_accounts_of

logger = logging.getLogger("ttminis_auth")

# On a user: since when their sessions count. Read together with the user.
VALID_FROM = "ttminis_sessions_valid_from"


def users() -> QuerySet[User]:
    """Return the users as Django's own backend finds them, with ``VALID_FROM``.

    It is None for a user without any TikTok identity, and read in the same statement.
    """
    users = get_user_model()._default_manager
    return users.annotate(**{VALID_FROM: _earliest(OuterRef("pk"))})


def with_valid_from(identities: IdentityQuerySet) -> IdentityQuerySet:
    """Read along what ``note`` is to know of the user of each identity."""
    return identities.annotate(**{VALID_FROM: _earliest(OuterRef("account__user"))})


def note(user: User, moment: datetime | None = None) -> None:
    """Note on a user who is about to be logged in since when their sessions count.

    ``moment`` is that time as it was when TikTok's answer was stored, not as it is when
    the session is saved: in between, the user may be removed, and the session must not
    count then. None reads it now.
    """
    setattr(user, VALID_FROM, moment or _valid_from(user))


def end(user: object) -> None:
    """End every session of the user that a Minis login began, or is about to begin.

    Part of the caller's transaction, if there is one: it holds the user's accounts, or
    nothing yet.
    """
    # Not ``timezone.now``: whatever clock a test sets, the value has to be a new one.
    now = datetime.now(UTC)
    with database.atomic():
        hold_accounts_of([user])
        theirs = Identity.objects.filter(Q(account__user=user))
        theirs.update(sessions_valid_from=now)


def bind(user: User) -> User:
    """Make this user instance give the hashes of Minis sessions; return it."""
    bound: Any = user
    bound.get_session_auth_hash = partial(_hash, user)
    bound.get_session_auth_fallback_hash = partial(_fallback_hashes, user)
    return user


def is_bound(request: HttpRequest) -> bool:
    """Return whether the request's session is one that ``begin`` has seen."""
    path = request.session.get(BACKEND_SESSION_KEY)
    return path in conf.authentication_backends and _is_ours(path)


def begin(request: HttpRequest, user: User) -> None:
    """Make the session of a user who has just been logged in a Minis session.

    A user without an identity, or with removed ones only, gets a session that does not
    count.
    """
    if getattr(user, VALID_FROM, None) is None:
        # The project kept only the user's key, say while it asked for a second factor.
        note(user)
    if not is_bound(request):
        request.session[BACKEND_SESSION_KEY] = backend_path()
    request.session[HASH_SESSION_KEY] = bind(user).get_session_auth_hash()


def renew(request: HttpRequest, user: User) -> None:
    """Let the session of a user go on whose hash is another one now."""
    if is_bound(request):
        # Identities that have come along may be older than the user's own.
        note(bind(user))
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()


def mark(user: User | None) -> str:
    """Return a text that changes when the user's sessions end."""
    return _text(getattr(user, VALID_FROM, None))


def is_current(user: User, client_key: str, open_id: str, marked: str | None) -> bool:
    """Return whether a login that had to wait may go on.

    Arguments:
        client_key, open_id: of the identity that TikTok vouched for, before the wait.
        marked: what ``mark`` said then; nothing at a first login.
    """
    theirs = Identity.objects.filter(account__user=user.pk)
    known = theirs.filter(client_key=client_key, open_id=open_id)
    if not known.exclude(state=Identity.State.REMOVED).exists():
        return False
    return not marked or marked == _text(theirs.sessions_valid_from())


def backend_path() -> str:
    """Return the path of our backend, or of a project's subclass, in the settings.

    Raises Misconfigured where there is none: the session could never be ended.
    """
    for path in conf.authentication_backends:
        if _is_ours(path):
            return path
    logger.error("AUTHENTICATION_BACKENDS lacks ttminis_auth.backends.TTMinisBackend")
    raise Misconfigured


def _is_ours(path: str) -> bool:
    return bool(getattr(load_backend(path), "binds_sessions", False))


def _earliest(user: OuterRef) -> Subquery:
    identities = Identity.objects.filter(account__user=user)
    moments = identities.order_by("sessions_valid_from").values("sessions_valid_from")
    return Subquery(moments[:1])


def _valid_from(user: User) -> datetime | None:
    theirs = Identity.objects.filter(account__user=user.pk)
    active = theirs.exclude(state=Identity.State.REMOVED)
    return theirs.sessions_valid_from() if active.exists() else None


def _text(moment: datetime | None) -> str:
    return str(moment.timestamp()) if moment else ""


def _hash(user: User) -> str:
    return _mixed(user, user.__class__.get_session_auth_hash(user))


def _fallback_hashes(user: User) -> Iterator[str]:
    """Yield the hashes that the keys in ``SECRET_KEY_FALLBACKS`` gave."""
    for plain in user.__class__.get_session_auth_fallback_hash(user):
        yield _mixed(user, plain)


def _mixed(user: User, plain: str) -> str:
    return hmac.new(plain.encode(), mark(user).encode(), "sha256").hexdigest()
