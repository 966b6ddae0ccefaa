"""Make one user out of two, in one transaction, and re-point nothing silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db.models import ForeignObjectRel
from django.utils.translation import gettext as _

from ..signals import merging_users, users_merged
from . import database


class MergeVetoed(Exception):
    """Raised by a receiver of ``merging_users``; operators get to read the reason."""


def merge(
    older: Any, younger: Any, *, obstacle: Callable[[Any, Any], object]
) -> list[str]:
    """Move the younger user's TikTok accounts to the older one, and end the younger.

    ``obstacle`` is asked again with both users locked: somebody may set a password, or
    be made staff, in the moment before.

    Projects move their own rows in a receiver of ``merging_users``. What they leave
    behind is neither moved nor deleted: its rows keep the younger user alive, but
    deactivated.

    Returns the labels of the models whose rows did so. Raises MergeVetoed, and
    ``DoesNotExist`` when one of the users is gone; then nothing has changed.
    """
    user_model = get_user_model()
    with database.atomic():
        # In the order of their keys, so that two merges cannot wait for each other.
        both = user_model._default_manager.select_for_update().order_by("pk")
        found = {user.pk: user for user in both.filter(pk__in=[older.pk, younger.pk])}
        if len(found) < 2:
            raise user_model.DoesNotExist
        if obstacle(found[older.pk], found[younger.pk]):
            raise MergeVetoed(_("One of the users was changed meanwhile."))
        merging_users.send(sender=user_model, older=older, younger=younger)
        SocialAccount.objects.filter(user=younger.pk).update(user=older.pk)
        left = models_pointing_at(younger)
        _end(found[younger.pk], keep=bool(left))
    users_merged.send(
        sender=user_model, older=older, younger_pk=younger.pk, kept_alive=left
    )
    return left


def models_pointing_at(user: Any) -> list[str]:
    """Return the labels of the models with rows that refer to this user."""
    relations = user._meta.get_fields(include_hidden=True)
    return sorted(
        relation.related_model._meta.label
        for relation in relations
        # The rows of a many-to-many are those of a model in between, listed by itself.
        if isinstance(relation, ForeignObjectRel)
        and not relation.many_to_many
        and _has_rows(relation, user)
    )


def _has_rows(relation: ForeignObjectRel, user: Any) -> bool:
    name = relation.field.name
    rows = relation.related_model._base_manager
    return bool(rows.filter(**{name: user.pk}).exists())


def _end(user: Any, *, keep: bool) -> None:
    if keep:
        user.is_active = False
        user.save(update_fields=["is_active"])
    else:
        user.delete()
