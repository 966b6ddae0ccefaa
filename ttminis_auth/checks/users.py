"""Whether the project's user model can hold the users of TikTok."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.core import checks

from ..conf import conf
from ..core.user_columns import has_column, obstacles
from .values import can_be_read

# The hooks by which a project may fill a column at a first login.
_HOOKS = ("new_user", "populate_user", "populate_username", "save_user")


def check_user_model(**kwargs: object) -> list[checks.CheckMessage]:
    """Check that any number of users from TikTok can be stored, and deactivated."""
    model = get_user_model()
    if missing := [*_missing_columns(model)]:
        return missing
    return [*_no_room(model), *_cannot_deactivate(model)]


def _missing_columns(model: type[User]) -> Iterator[checks.CheckMessage]:
    """Yield the columns that allauth asks for; without one even a migration fails."""
    columns = {
        "USERNAME": app_settings.USER_MODEL_USERNAME_FIELD,
        "EMAIL": app_settings.USER_MODEL_EMAIL_FIELD,
    }
    for name, column in columns.items():
        if column and not has_column(model, str(column)):
            setting = f"ACCOUNT_USER_MODEL_{name}_FIELD"
            yield checks.Error(
                f"{setting} is {column}, a column that {model._meta.label} has not: "
                "allauth fails where it looks for users.",
                hint=f"Set {setting} to the name of the column, or to None if there is "
                "none. Then leave it out of ACCOUNT_LOGIN_METHODS and "
                "ACCOUNT_SIGNUP_FIELDS too.",
                id="ttminis_auth.E016",
            )


def _no_room(model: type[User]) -> Iterator[checks.CheckMessage]:
    if _is_filled_by_project():
        return
    for obstacle in obstacles(model):
        yield checks.Error(
            f"{model._meta.label} cannot hold two TikTok users: {obstacle}.",
            hint="Of a new user, TikTok gives an open_id only. Give the column "
            "null=True, or a default that differs for each user, such as uuid.uuid4. "
            "If it takes the username, name it in ACCOUNT_USER_MODEL_USERNAME_FIELD. "
            "Or fill it in populate_user() of a social account adapter of yours. If "
            "save() of the model fills it, silence this check.",
            id="ttminis_auth.E015",
        )


def _is_filled_by_project() -> bool:
    pairs = (
        (get_adapter(), DefaultSocialAccountAdapter),
        (get_account_adapter(), DefaultAccountAdapter),
    )
    return any(
        getattr(type(adapter), hook, None) is not getattr(base, hook, None)
        for adapter, base in pairs
        for hook in _HOOKS
    )


def _cannot_deactivate(model: type[User]) -> Iterator[checks.CheckMessage]:
    if not can_be_read() or has_column(model, "is_active"):
        return
    if "deactivate" in chain(*conf.TTMINIS_REMOVAL_ACTIONS.values()):
        yield checks.Error(
            f'TTMINIS_REMOVAL_ACTIONS has "deactivate", and {model._meta.label} has no '
            "column is_active.",
            hint='Add the column, or take "deactivate" out and act on the signal '
            "authorization_removed.",
            id="ttminis_auth.E017",
        )
