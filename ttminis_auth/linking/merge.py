"""Merge two users in one transaction, and re-point no row silently."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeAlias

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import ForeignObjectRel, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..core import database
from ..core.locks import hold
from ..core.user_columns import deactivate
from ..models import LinkingConflict
from ..signals import merging_users, users_merged
from .staff_rules import Operator, OperatorRefused, privilege_reasons, user_name

# allauth's, and django-user-sessions'. A merge, an erasure and its preview look past
# them, or no user who ever logged in would go. All else holds its user: an e-mail
# address, a second factor, a token of an API, the history of what an operator did.
_SESSIONS = frozenset({"usersessions.UserSession", "user_sessions.Session"})
# A foreign key, a generic relation, or what a package has in place of one.
Relation: TypeAlias = ForeignObjectRel | Any


class MergeVetoed(Exception):
    """Raised by a receiver of ``merging_users``; operators get to read the reason."""


class UserGone(Exception):
    """One of the two users was deleted, or merged, a moment earlier."""


class MergeRefused(OperatorRefused):
    """An operator may not merge these two users."""


def merge(
    older: User, younger: User, *, obstacle: Callable[[User, User], object]
) -> list[str]:
    """Move the younger user's TikTok accounts to the older one, and end the younger.

    ``obstacle`` is called with both users locked: a user may have set a password, or
    become staff, a moment before.

    All sessions of both users end. ``older`` then has the hash that a session needs to
    go on. Both have no usable password.

    Projects move their own rows in a receiver of ``merging_users``. What they leave
    behind is neither moved nor deleted: its rows keep the younger user alive, but
    deactivated.

    Returns the labels of the models whose rows did so. Raises MergeVetoed, and UserGone
    when one of the users is gone; then nothing has changed.
    """
    with database.atomic():
        found = hold(older.pk, younger.pk)
        if len(found) < 2:
            raise UserGone
        if obstacle(found[older.pk], found[younger.pk]):
            raise MergeVetoed(_("One of the users was changed meanwhile."))
        left = join(found[older.pk], found[younger.pk])
        _end_other_sessions(found[older.pk])
    older.password = found[older.pk].password
    _tell(older, younger, left)
    return left


def merge_users(
    goes: User,
    stays: User,
    *,
    by: Operator = None,
    require: Callable[[], object] = bool,
) -> list[str]:
    """Merge two users as an operator decided, whichever of them is the older.

    Arguments:
        by: the operator. Only superusers merge users who are staff, and no operator
            can merge their own user into another one.
        require: is called with both users locked, and raises what forbids it.

    Returns what ``merge`` does. Raises MergeRefused, or MergeVetoed when a receiver of
    ``merging_users`` says no; then nothing has changed.
    """
    with database.atomic():
        found = hold(goes.pk, stays.pk)
        require()
        pair = found.get(goes.pk), found.get(stays.pk)
        if reasons := reasons_against(*pair, by=by):
            raise MergeRefused(*reasons)
        left = join(stays=found[stays.pk], goes=found[goes.pk])
    _tell(stays, goes, left)
    return left


def reasons_against(
    goes: User | None, stays: User | None, *, by: Operator = None
) -> list[str]:
    """Return why an operator may not merge two users; None stands for who is gone."""
    if goes is None or stays is None:
        return [_("One of the users is gone.")]
    if goes == stays:
        return [_("They are one user already.")]
    reasons = privilege_reasons(by, goes, stays)
    if goes == by:
        reasons.append(_("This is yourself: have another superuser do it."))
    if not stays.is_active:
        text = _("%(user)s is inactive and could not log in: activate them first.")
        reasons.append(text % {"user": user_name(stays)})
    return reasons


def join(stays: User, goes: User, *, dry_run: bool = False) -> list[str]:
    """Merge two users that the caller has locked, and return what is left behind.

    ``dry_run`` is for a caller who is going to roll back: receivers get it,
    and the one who goes is not ended.
    """
    # Receivers know the two by the names of an automatic merge.
    who = {"older": stays, "younger": goes}
    merging_users.send(sender=get_user_model(), dry_run=dry_run, **who)
    SocialAccount.objects.filter(user=goes.pk).update(user=stays.pk)
    left = models_pointing_at(goes)
    settle_conflicts(stays, left)
    if not dry_run:
        # A receiver of the deletion may cancel a subscription in another system, and
        # does not know that this is a preview.
        _end(goes, keep=bool(left))
    return left


def settle_conflicts(user: User, left: Collection[str] = ()) -> None:
    """Close the conflicts between identities that belong to one user now."""
    both = {"older__account__user": user, "younger__account__user": user}
    still_open = LinkingConflict.State.OPEN
    LinkingConflict.objects.filter(state=still_open, **both).update(
        state=LinkingConflict.State.MERGED,
        detail=_detail_of(left),
        resolved_at=timezone.now(),
    )


def _detail_of(left: Collection[str]) -> str:
    """Name the rows that keep the younger user from being deleted; empty for none."""
    text = _("The user who went is kept, inactive: %(models)s")
    return text % {"models": ", ".join(left)} if left else ""


def models_pointing_at(user: User) -> list[str]:
    """Return the labels of the models with rows that refer to this user.

    Without sessions: these belong to a login, and end with the user.
    """
    relations = (
        relation
        for relation in relations_to(user)
        if not is_of_sessions(relation) and rows_of(relation, user).exists()
    )
    return sorted({relation.related_model._meta.label for relation in relations})


def is_of_sessions(relation: Relation) -> bool:
    """Return whether the rows of a relation are sessions of the user."""
    model = relation.related_model
    return issubclass(model, AbstractBaseSession) or model._meta.label in _SESSIONS


def relations_to(user: User) -> list[Relation]:
    """Return the relations by which rows of other models can refer to a user.

    Foreign keys as their ``ForeignObjectRel``; generic relations as the field that the
    users' model has of them, without which such rows could not be found.
    """
    keys: list[Relation] = [
        relation
        for relation in user._meta.get_fields(include_hidden=True)
        # The rows of a many-to-many are those of a model in between, listed by itself.
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many
    ]
    # What Django asks for the rows to be deleted with the user, and asks in this way.
    fields = user._meta.private_fields
    return keys + [each for each in fields if hasattr(each, "bulk_related_objects")]


def rows_of(relation: Relation, user: User) -> QuerySet[Model]:
    """Return the rows that refer to a user by this relation."""
    rows = relation.related_model._base_manager
    if isinstance(relation, ForeignObjectRel):
        return rows.filter(**{relation.field.name: user})
    using = database.alias()
    going = relation.bulk_related_objects([user], using)
    if isinstance(going, QuerySet):
        return going
    # A package names by hand which rows are deleted with an object: often none.
    return rows.using(using).filter(pk__in=[row.pk for row in going])


def name_of(relation: Relation) -> str:
    """Return the name of the field that makes the relation, in whichever model."""
    field = relation.field if isinstance(relation, ForeignObjectRel) else relation
    return str(field.name)


# An attacker signs up by a Google account, connects the victim's TikTok account with
# the victim's phone in hand, and disconnects Google. Nothing but TikTok leads into that
# user then, and the attacker is still logged in. After a merge, that session could set
# a password and would open all that the victim has.
def _end_other_sessions(user: User) -> None:
    # Django compares each session with a hash of this, wherever the session is kept.
    # A link to reset the password that was sent before ends with it.
    user.set_unusable_password()
    user.save(update_fields=["password"])


def _end(user: User, *, keep: bool) -> None:
    if keep:
        for relation in filter(is_of_sessions, relations_to(user)):
            rows_of(relation, user).delete()
        deactivate(user)
    else:
        user.delete()


def _tell(stays: User, goes: User, left: list[str]) -> None:
    facts = {"older": stays, "younger_pk": goes.pk, "kept_alive": left}
    # The caller may be in a transaction of its own, and still roll back.
    database.on_commit(partial(users_merged.send, sender=get_user_model(), **facts))
