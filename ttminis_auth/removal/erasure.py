"""Export or delete all that is stored of one person in one app.

Copies that a project made are erased by the project, in a receiver of ``pre_delete`` of
``Identity``. The history of Django's admin keeps what operators did, without the names
of the users.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import Model, ProtectedError, QuerySet, RestrictedError

from ..core import database, session_search
from ..core.client_apps import tiktok_apps
from ..core.identities import ensure_identity
from ..core.locks import claim, held_users, hold_accounts_beside, hold_deliveries
from ..core.users import NAME_FIELDS
from ..errors import LoginRefused
from ..linking.merge import models_pointing_at
from ..linking.staff_rules import is_privileged
from ..models import Identity, WebhookDelivery
from ..profile import user_info
from ..tokens.revoke import revoke_tokens
from . import admin_log

T = TypeVar("T")

logger = logging.getLogger("ttminis_auth")

# These rows are deleted with the user, and only allauth has made them.
_PART_OF_A_USER = {"socialaccount.SocialAccount"}


class SeveralApps(Exception):
    """Several apps know this open_id, perhaps as that of different users.

    Attributes:
        client_keys: those of the apps.
    """

    def __init__(self, client_keys: list[str]) -> None:
        super().__init__(", ".join(client_keys))
        self.client_keys = client_keys


class ErasureRefused(Exception):
    """An operator has to decide about other things first; nothing was erased.

    Attributes:
        reasons: what these are, in words for an operator.
        revoked: whether the tokens were revoked with TikTok all the same.
    """

    def __init__(self, reasons: list[str], *, revoked: bool = False) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.revoked = revoked


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """What an erasure came to.

    Attributes:
        rows: how many rows of which model, by its label.
        sessions: how many sessions were found and deleted; None where they cannot be
            searched, or where the search failed, which is logged. Those that a Minis
            login began do not count any more in any case.
        revoked: whether the tokens were revoked with TikTok; False also without tokens.
    """

    rows: Counter[str]
    sessions: int | None
    revoked: bool


def find(open_id: str, client_key: str | None = None) -> Identity | None:
    """Return the identity with this open_id, or None if there is none (any more).

    Without a ``client_key``, raises SeveralApps when more than one app knows it. Who
    has a social account only, made by an operator or by allauth's own provider, is
    given an identity, as their next login would give them one.
    """
    known: dict[str, Identity | SocialAccount] = {}
    for app, account in _accounts_without_identity(open_id):
        known[str(app.client_id)] = account
    for identity in Identity.objects.with_user().filter(open_id=open_id):
        known[identity.client_key] = identity
    if client_key is None and len(known) > 1:
        raise SeveralApps(sorted(known))
    for key, found in known.items():
        if client_key in (None, key):
            return found if isinstance(found, Identity) else ensure_identity(found, key)
    return None


def deliveries(
    open_id: str, client_key: str | None = None
) -> QuerySet[WebhookDelivery]:
    """Return TikTok's webhooks about this user, in one app or in all."""
    found = WebhookDelivery.objects.filter(user_openid=open_id)
    return found if client_key is None else found.filter(client_key=client_key)


def personal_data(identity: Identity) -> dict[str, object]:
    """Return all that is kept of a user, without tokens.

    Plain values and times, for ``DjangoJSONEncoder``. Of the user only what this
    package and allauth fill in, which the person may have changed since.
    """
    account = identity.account
    received = deliveries(identity.open_id, identity.client_key).order_by("pk")
    conflicts = identity.conflicts_as_older.all() | identity.conflicts_as_younger.all()
    return {
        "identity": _fields(identity, leave_out=("id", "account")),
        "account": _fields(account, leave_out=("id", "user")),
        "user": _filled_in(account.user),
        "grants": list(
            identity.grants.order_by("pk").values(
                "scopes",
                "issued_at",
                "access_expires_at",
                "refresh_expires_at",
                "dead_at",
            )
        ),
        "tokens_kept_by_allauth": list(account.socialtoken_set.values("expires_at")),
        "linking_conflicts": [
            _fields(conflict, leave_out=("id", "older", "younger"))
            for conflict in conflicts.order_by("pk")
        ],
        "webhook_deliveries": [
            _fields(each, leave_out=("id", "digest", "client_key", "user_openid"))
            for each in received
        ],
    }


def erase(
    identity: Identity,
    *,
    delete_user: bool = False,
    revoke: bool = True,
    require: Callable[[Identity], object] = bool,
) -> Erased:
    """Erase all that is kept of a user in this app, and end the user's sessions.

    The user stays, without the name that came from TikTok, and so does what the same
    person is in other apps.

    Arguments:
        delete_user: delete the user, too. Raises ErasureRefused where the user has more
            than this TikTok account.
        revoke: revoke the tokens with TikTok first. If TikTok cannot be
            reached, the erasure goes on without; that is logged.
        require: is called with the identity as it is once it is held, and raises what
            forbids to erase it. The tokens may be revoked by then.

    Raises ErasureRefused when rows of the project forbid it.
    """
    if delete_user:
        _require_nothing_else(identity.account, identity.account.user)
    revoked = revoke and _give_back(identity)
    # All sessions: allauth notes in each which account has been logged in with. Those
    # of a user who goes are looked for while their user is known.
    find = partial(_unless_away, session_search.find)
    keys = find(identity.account.user) if delete_user else None
    try:
        with database.atomic():
            owner, rows = _erase(identity, delete_user=delete_user, require=require)
    except (ProtectedError, RestrictedError) as error:
        labels = {row._meta.label for row in error.args[1]}
        reasons = [f"rows of {_listed(labels)} protect it"]
        raise ErasureRefused(reasons, revoked=revoked) from error
    except ErasureRefused as refusal:
        refusal.revoked = revoked
        raise
    if owner and not delete_user:
        keys = find(owner)
    ended = None if keys is None else _unless_away(session_search.delete, keys)
    return Erased(rows=rows, sessions=ended, revoked=revoked)


def locked(identity: Identity) -> Identity | None:
    """Lock what webhooks and logins lock first; call it in a transaction.

    Returns the identity as it is now, or None when it is gone.
    """
    received = deliveries(identity.open_id, identity.client_key)
    hold_accounts_beside(identity.account_id, received)
    return Identity.objects.with_user().filter(pk=identity.pk).first()


def erase_rows(identity: Identity, *, is_scrubbed: bool = False) -> Counter[str]:
    """Erase the rows of an identity that is ``locked``; count them by model.

    ``is_scrubbed`` says that the history of Django's admin names them no more.
    """
    user_info.forget(identity)
    if not is_scrubbed:
        admin_log.scrub(identity)
    received = deliveries(identity.open_id, identity.client_key)
    # A webhook that came in since they were locked may be held by who waits for us.
    held = [delivery.pk for delivery in claim(received.only("pk"))]
    rows = Counter(WebhookDelivery.objects.filter(pk__in=held).delete()[1])
    database.on_commit(partial(_erase_late, received), robust=True)
    # The identity by itself, before its account: as part of that it would be taken
    # for a disconnected one, and revoked as TTMINIS_REVOKE_ON says.
    rows.update(identity.delete()[1])
    rows.update(identity.account.delete()[1])
    return rows


def _erase(
    identity: Identity, *, delete_user: bool, require: Callable[[Identity], object]
) -> tuple[User | None, Counter[str]]:
    """Erase in a transaction; return the identity's user, and what rows went."""
    now = locked(identity)
    if now is None:
        return None, Counter()
    require(now)
    user: User = now.account.user
    rows = erase_rows(now)
    if delete_user:
        # Read again: they may have been made staff, or set a password, meanwhile.
        (user,) = held_users(user.pk)
        _require_nothing_else(now.account, user)
        rows.update(user.delete()[1])
    return user, rows


def _erase_late(received: QuerySet[WebhookDelivery]) -> None:
    if received.exists():
        with database.atomic():
            hold_deliveries(received)
            received.delete()


def _unless_away(act: Callable[..., T], argument: object) -> T | None:
    """Do something to sessions, while no row is held; None where the store fails.

    A session store that fails must not stop the erasure.
    """
    try:
        return act(argument)
    except Exception as error:  # noqa: BLE001, whatever a session store may raise
        logger.error("Sessions could not be erased: %s", type(error).__name__)
        return None


def _give_back(identity: Identity) -> bool:
    try:
        return revoke_tokens(identity)
    except LoginRefused as refusal:
        logger.warning("Tokens to be erased were not revoked: %s", refusal.code)
        return False


def _require_nothing_else(account: SocialAccount, user: User) -> None:
    """Raise ErasureRefused if the user is more than this account of theirs."""
    if reasons := list(_reasons_to_keep(account, user)):
        raise ErasureRefused(reasons)


def _reasons_to_keep(account: SocialAccount, user: User) -> Iterator[str]:
    if is_privileged(user):
        yield "the user is staff"
    if user.has_usable_password():
        yield "the user has a password"
    if SocialAccount.objects.filter(user=user.pk).exclude(pk=account.pk).exists():
        yield "the user has other social accounts"
    if labels := set(models_pointing_at(user)) - _PART_OF_A_USER:
        yield f"rows of {_listed(labels)} belong to the user"


def _listed(labels: set[str]) -> str:
    return ", ".join(sorted(labels))


def _accounts_without_identity(
    open_id: str,
) -> Iterator[tuple[SocialApp, SocialAccount]]:
    stored = SocialAccount.objects.filter(uid=open_id, ttminis_identity=None)
    # Some collations find a uid whatever its case: that is another person.
    accounts = [account for account in stored if account.uid == open_id]
    for app in tiktok_apps():
        name = app.provider_id or app.provider
        yield from ((app, each) for each in accounts if each.provider == name)


def _fields(row: Model, *, leave_out: tuple[str, ...]) -> dict[str, object]:
    names = (field.name for field in row._meta.concrete_fields)
    return {name: getattr(row, name) for name in names if name not in leave_out}


def _filled_in(user: User) -> dict[str, object]:
    names = (get_user_model().USERNAME_FIELD, *NAME_FIELDS)
    return {name: getattr(user, name) for name in names if hasattr(user, name)}
