"""Link an identity to another user, or to none, by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from ..conf import conf
from ..core import database, session_hash
from ..core.client_apps import account_providers
from ..core.locks import hold
from ..models import Identity
from ..tiktok.identifiers import identifier
from ..tokens.revoke import revoke_once_deleted
from . import merge
from .staff_rules import Operator, OperatorRefused, privilege_reasons, user_name


class LinkRefused(OperatorRefused):
    """An operator may not do this to an identity's link."""


def link(
    identity: Identity,
    user: User,
    *,
    by: Operator = None,
    expected_user_pk: object = None,
    require: Callable[[User, User], object] = lambda former, user: None,
) -> None:
    """Link an identity to another user, and end its Minis sessions of the former user.

    Open conflicts between identities of one user are then closed as merged.

    Arguments:
        by: the operator. Users who are staff are touched by superusers only.
        expected_user_pk: the user when the operator looked, as a value
            or as text; None does not ask.
        require: is called with the former and the new user, both locked, and raises
            what forbids it.

    Raises LinkRefused, also where the former user would be locked out. allauth looks
    before it locks. So a user who disconnects another account in the same moment may
    still be left with none.
    """
    seen = _as_it_is(identity)
    with database.atomic():
        now, users = _held(seen, user.pk)
        target: Any = users.get(user.pk)
        if reasons := _reasons(now, target, by, expected_user_pk):
            raise LinkRefused(*reasons)
        former = now.account.user
        require(former, target)
        # While it is still among the identities of the former user.
        session_hash.end(former)
        SocialAccount.objects.filter(pk=now.account_id).update(user=target)
        merge.settle_conflicts(target)


def reasons_against(identity: Identity, user: User, by: Operator = None) -> list[str]:
    """Return why ``link`` would refuse as things are, in words for an operator."""
    users = get_user_model()._default_manager
    return _reasons(_as_it_is(identity), users.filter(pk=user.pk).first(), by)


def warnings_about(identity: Identity, user: User) -> list[str]:
    """Return warnings for an operator before ``link``, which they do not forbid."""
    return list(_warnings(identity, user))


def unlink(
    identity: Identity,
    *,
    by: Operator = None,
    revoke: bool | None = None,
    expected_user_pk: object = None,
) -> None:
    """Delete an identity with its account and tokens, and end its Minis sessions.

    The next silent login makes a new user. The old user keeps everything else.

    Arguments:
        by, expected_user_pk: as for ``link``.
        revoke: revoke the tokens with TikTok after the commit; None does
            what ``TTMINIS_REVOKE_ON`` says of a disconnected account.

    Raises LinkRefused, as ``link`` does.
    """
    seen = _as_it_is(identity)
    with database.atomic():
        now, _users = _held(seen)
        if reasons := _reasons_to_keep(now, by, expected_user_pk):
            raise LinkRefused(*reasons)
        if revoke is None:
            revoke = "disconnect" in conf.TTMINIS_REVOKE_ON
        _delete(now, revoke=revoke)


def reasons_against_unlink(identity: Identity, by: Operator = None) -> list[str]:
    """Return why ``unlink`` would refuse as things are, in words for an operator."""
    return _reasons_to_keep(_as_it_is(identity), by)


def _as_it_is(identity: Identity) -> Identity | None:
    return Identity.objects.with_user().filter(pk=identity.pk).first()


def _held(seen: Identity | None, *others: object) -> tuple[Identity, dict[object, Any]]:
    """Lock the user of an identity that was read before, and others; return both.

    Raises LinkRefused if it was deleted, or belongs to a user who is not locked.
    """
    users = hold(*others, *([seen.account.user_id] if seen else []))
    now = _as_it_is(seen) if seen else None
    if now is None or now.account.user_id not in users:
        raise LinkRefused(changed(None, expected_user_pk=None))
    now.account.user = users[now.account.user_id]
    return now, users


def _reasons(
    identity: Identity | None, user: User | None, by: Operator, expected: object = None
) -> list[str]:
    if (reason := changed(identity, expected)) or identity is None:
        return [reason]
    if user is None:
        return [_("The user to link it to is gone.")]
    if identity.account.user_id == user.pk:
        return [_("It is linked to this user already.")]
    reasons = privilege_reasons(by, identity.account.user, user)
    if not user.is_active:
        text = _(
            "%(user)s is inactive, and this person could not log in: activate them "
            "first."
        )
        reasons.append(text % {"user": user_name(user)})
    instead = _("Merge the two users instead.")
    return [*reasons, *_reasons_of_former_user(identity.account, instead)]


def _reasons_to_keep(
    identity: Identity | None, by: Operator, expected: object = None
) -> list[str]:
    if (reason := changed(identity, expected)) or identity is None:
        return [reason]
    reasons = privilege_reasons(by, identity.account.user)
    instead = _("Erase the person, or set a password first.")
    return [*reasons, *_reasons_of_former_user(identity.account, instead)]


def changed(identity: Identity | None, expected_user_pk: object) -> str:
    """Say that an identity is not what an operator looked at; empty if it is."""
    if identity is None:
        return _("The identity is gone, or was changed meanwhile. Look again.")
    user = identity.account.user
    if expected_user_pk is None or str(expected_user_pk) == str(user.pk):
        return ""
    text = _("It was changed meanwhile, and is linked to %(user)s. Look again.")
    return text % {"user": user_name(user)}


def _reasons_of_former_user(account: SocialAccount, instead: str) -> Iterator[str]:
    accounts = SocialAccount.objects.filter(user=account.user_id)
    if not _has_another_way_in(account):
        text = _("%(user)s would have no way left to log in.")
        yield f"{text % {'user': user_name(account.user)}} {instead}"
    try:
        # The project's hook against disconnecting an account holds for operators, too.
        get_adapter().validate_disconnect(account, accounts)
    except ValidationError as error:
        yield from error.messages


def _has_another_way_in(account: SocialAccount) -> bool:
    user = account.user
    return (
        user.has_usable_password()
        or _has_another_account(account)
        or EmailAddress.objects.filter(user=user.pk).exists()
    )


def _has_another_account(account: SocialAccount) -> bool:
    """Return whether another account lets the user in; its provider may be gone."""
    others = SocialAccount.objects.filter(user=account.user_id).exclude(pk=account.pk)
    kept = set(others.values_list("provider", flat=True))
    return bool(kept and kept & account_providers(registry.get_class_list()))


def _warnings(identity: Identity, user: User) -> Iterator[str]:
    theirs = Identity.objects.filter(account__user=user.pk)
    if theirs.filter(client_key=identity.client_key).exists():
        yield _(
            "This user has a TikTok account of the same app already. Both would lead "
            "to them."
        )
    if conf.TTMINIS_UNION_LINKING == "merge" and _has_twin(identity):
        yield _(
            "TikTok calls this one person with another identity of the present user, "
            "so the users may be merged at the next consent."
        )


def _has_twin(identity: Identity) -> bool:
    theirs = Identity.objects.filter(account__user=identity.account.user_id)
    known = identifier(identity.union_id)
    others = theirs.exclude(pk=identity.pk)
    return known is not None and others.filter(union_id=known).exists()


def _delete(identity: Identity, *, revoke: bool) -> None:
    if revoke:
        revoke_once_deleted(identity)
    try:
        # The identity by itself, before its account: as part of that it would be taken
        # for a disconnected one, and revoked whatever was asked for.
        identity.delete()
        identity.account.delete()
    except (ProtectedError, RestrictedError) as error:
        labels = sorted({row._meta.label for row in error.args[1]})
        text = _("Rows of %(models)s protect it.")
        raise LinkRefused(text % {"models": ", ".join(labels)}) from error
