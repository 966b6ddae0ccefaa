"""What a first login can store in the columns of the project's user model."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import wraps
from typing import Any

from allauth.account import app_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import NOT_PROVIDED, Field
from django.db.models.constraints import UniqueConstraint
from django.db.models.expressions import F

logger = logging.getLogger("ttminis_auth")


def username_length() -> int | None:
    """Return how long a username may be, or None where the model sets no limit."""
    column = app_settings.USER_MODEL_USERNAME_FIELD
    fields = {field.name: field for field in get_user_model()._meta.concrete_fields}
    return getattr(fields.get(column or ""), "max_length", None)


def has_column(user: User | type[User], name: str) -> bool:
    """Return whether this is a column of the model: ``is_active`` can be a property."""
    return name in {field.name for field in user._meta.concrete_fields}


def deactivate(user: User) -> None:
    """Deactivate the user, where the model has a column for it."""
    column = "is_active"
    if has_column(user, column):
        setattr(user, column, False)
        user.save(update_fields=[column])
    else:
        logger.error(
            "%s has no column is_active: user %s is not deactivated",
            user._meta.label,
            user.pk,
        )


def store_null_for_blank(user: User) -> None:
    """Have a new user without an e-mail address store NULL where the column takes it.

    allauth leaves "" in it, and a unique column takes that once. So it does to any
    other unique column.
    """
    for field in user._meta.concrete_fields:
        is_ours = field.unique or field.name == app_settings.USER_MODEL_EMAIL_FIELD
        if is_ours and field.null and getattr(user, field.attname) == "":
            setattr(user, field.attname, None)


def obstacles(model: type[User]) -> Iterator[str]:
    """Yield what keeps two TikTok users out of the table, naming the columns."""
    alike = {f.name: f for f in model._meta.concrete_fields if not _differs(f)}
    for name, field in alike.items():
        if _value(field) is None and not field.null:
            yield f"{name} must have a value and has no default"
    for names in _unique_sets(model):
        fields = [alike.get(name) for name in names]
        if all(field is not None and _value(field) is not None for field in fields):
            yield f"{', '.join(names)} must be unique and would be the same for both"


def give_nameless_users_a_text(model: Any) -> None:
    """Let ``str(user)`` give a text where the model's own method gives None.

    A user from TikTok has no e-mail address. Where that is the user's name, every page
    of allauth's or the admin's that shows the user would raise a TypeError.
    """
    if not any(f.null and f.empty_strings_allowed for f in model._meta.concrete_fields):
        return
    own = model.__str__

    @wraps(own)
    def text(user: User) -> str:
        found = own(user)
        return f"{user._meta.verbose_name} {user.pk}" if found is None else found

    model.__str__ = text


def _differs(field: Field[object, object]) -> bool:
    """Return whether two new users get two values of this column, without our doing."""
    if field.name == app_settings.USER_MODEL_USERNAME_FIELD:
        return True
    # Django's own say by these what they fill in; a project's field does what it likes.
    filled = ("auto_now", "auto_now_add", "generated", "db_returning")
    return bool(
        any(getattr(field, name, False) for name in filled)
        or field.db_default is not NOT_PROVIDED
        or (field.has_default() and callable(field.default))
        or getattr(field.remote_field, "parent_link", False)
        or not type(field).pre_save.__module__.startswith("django.db.models.")
    )


def _value(field: Field[object, object]) -> object:
    return None if field.null and not field.has_default() else field.get_default()


def _unique_sets(model: type[User]) -> Iterator[tuple[str, ...]]:
    for field in model._meta.concrete_fields:
        if field.unique:
            yield (field.name,)
    for each in (model, *model._meta.all_parents):
        yield from map(tuple, each._meta.unique_together)
        for constraint in each._meta.constraints:
            if (
                isinstance(constraint, UniqueConstraint)
                and constraint.condition is None
            ):
                yield tuple(constraint.fields) or _columns(constraint.expressions)


def _columns(expressions: Any) -> tuple[str, ...]:
    """Return the columns that the expressions of an index are made of."""
    parts = (part for each in expressions for part in each.flatten())
    return tuple(vars(part)["name"] for part in parts if isinstance(part, F))
