"""Return an access token that works, to call TikTok's APIs in a user's name.

token = tokens.access_token(identity)
order = tokens.call(request.user, lambda token: create_order(token, amount))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TypeVar

import requests
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from ..core.threads import async_twin
from ..errors import ReauthorizationRequired, ScopeNotGranted
from ..models import Grant, Identity
from ..tiktok.answers import refuses_access_token
from ..tiktok.errors import AccessTokenInvalid
from ..tiktok.secret import Secret
from . import refresh_grant

T = TypeVar("T")


@sensitive_variables()
def access_token(
    user_or_identity: Identity | User,
    scope: str | None = None,
    *,
    client_key: str | None = None,
) -> str:
    """Return an access token that is valid for some time.

    That is ten minutes, or a tenth of the token's lifetime if that is less. A token
    that expires earlier is renewed first. If many callers ask at once, on many machines
    with one PostgreSQL, one renews it and all get the new token.

    Arguments:
        user_or_identity: an Identity, or a user, who may be anonymous.
        scope: what the token has to be good for, such as ``"user.info.basic"``; None
            takes any. Payments need no scope (tiktok-minis-in-app-purchases).
        client_key: which app; needed for a user with identities in several apps.

    Raises ReauthorizationRequired where nothing is left to renew, ScopeNotGranted
    where only the scope is missing, and TikTokNotReached (its ``retry_after`` is in
    seconds, or None) or Misconfigured where TikTok does not renew just now.

    Works inside a transaction, too: the new pair is committed at once, on a connection
    of its own. Not on SQLite: there a rollback loses the pair, and the user has to log
    in once more.
    """
    return _usable(identity_of(user_or_identity, client_key), scope)[1].reveal()


aaccess_token = async_twin(access_token)
"""The async twin of ``access_token``."""


@sensitive_variables()
def call(
    user_or_identity: Identity | User,
    send: Callable[[str], T],
    scope: str | None = None,
    *,
    client_key: str | None = None,
) -> T:
    """Call an API of TikTok's, and once more if it refuses the token.

    A token ends early if the user removes the app, or consents anew.

    Arguments:
        send: is given the access token, and returns anything. Where that is a response
            of requests with TikTok's ``access_token_invalid``, or where it raises
            AccessTokenInvalid, the token is renewed and ``send`` called again; the
            second outcome stands.

    The others, and what is raised, are those of ``access_token``.
    """
    identity = identity_of(user_or_identity, client_key)
    return with_grant(identity, lambda grant, token: send(token.reveal()), scope)


acall = async_twin(call)
"""The async twin of ``call``; ``send`` is a plain function and runs in a thread."""


@sensitive_variables()
def with_grant(
    identity: Identity, act: Callable[[Grant, Secret], T], scope: str | None = None
) -> T:
    """Act with the best grant; if TikTok refuses its token, with a renewed one.

    The outcome with a token that was renewed for it stands.
    """
    refused: dict[int, Secret] = {}
    while True:
        grant, token = _usable(identity, scope, refused.values())
        was_renewed = grant.pk in refused
        try:
            outcome = act(grant, token)
        except Exception as error:
            if was_renewed or not _is_about_token(error):
                raise
        else:
            if was_renewed or not _is_refusal(outcome):
                return outcome
        refused[grant.pk] = token


def identity_of(
    user_or_identity: Identity | User, client_key: str | None = None
) -> Identity:
    """Return the identity that is meant.

    Raises ReauthorizationRequired for a user without an identity, and ValueError for
    one with identities in several apps, when no ``client_key`` says which is meant.
    """
    if isinstance(user_or_identity, Identity):
        return user_or_identity
    if getattr(user_or_identity, "is_anonymous", False):
        raise ReauthorizationRequired(None)
    # With the user, not the key: Django refuses a row of another model here, whose key
    # may be that of another user.
    identities = Identity.objects.filter(Q(account__user=user_or_identity))
    if client_key is not None:
        identities = identities.filter(client_key=client_key)
    found = list(identities[:2])
    if not found:
        raise ReauthorizationRequired(None)
    if len(found) > 1:
        raise ValueError("Several TikTok apps know this user: name a client_key.")
    return found[0]


@sensitive_variables()
def _usable(
    identity: Identity, scope: str | None, refused: Collection[Secret] = ()
) -> tuple[Grant, Secret]:
    """Return a grant with its token, fresh and none of those that TikTok refused."""
    tried: set[int] = set()
    # Asked anew each time: while TikTok was asked, a login may have brought another.
    while grant := next(_candidates(identity, scope, tried), None):
        tried.add(grant.pk)
        if token := _fresh_token(grant, refused):
            return grant, token
        if renewed := refresh_grant.apart_from_transaction(
            partial(_renewed, grant, refused)
        ):
            return renewed
    refresh_grant.note_loss(identity)
    if scope and identity.grants.active().exists():
        raise ScopeNotGranted(identity, scope)
    raise ReauthorizationRequired(identity)


def _candidates(
    identity: Identity, scope: str | None, tried: Collection[int]
) -> Iterator[Grant]:
    """Yield the active grants with this scope: the fresh, then the broad ones first."""
    grants = identity.grants.active().exclude(pk__in=tried)
    fitting = [g for g in grants if scope is None or scope in g.scope_list]
    rank = lambda grant: (grant.is_fresh, len(grant.scope_list), grant.issued_at)  # noqa: E731
    yield from sorted(fitting, key=rank, reverse=True)


@sensitive_variables()
def _renewed(grant: Grant, refused: Collection[Secret]) -> tuple[Grant, Secret] | None:
    with refresh_grant.locked(grant) as found:
        if found is None or found.dead_at:
            return None
        # The process that held the lock before has renewed it, most likely.
        token = _fresh_token(found, refused)
        if token is None and refresh_grant.renew(found):
            token = found.decrypt_access_token()
        return (found, token) if token else None


def _fresh_token(grant: Grant, refused: Collection[Secret]) -> Secret | None:
    token = grant.decrypt_access_token() if grant.is_fresh else None
    return None if token in refused else token


def _is_refusal(outcome: object) -> bool:
    return isinstance(outcome, requests.Response) and refuses_access_token(
        outcome.content
    )


def _is_about_token(error: Exception) -> bool:
    return isinstance(error, AccessTokenInvalid) or isinstance(
        error.__cause__, AccessTokenInvalid
    )
