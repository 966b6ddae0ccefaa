"""What an operator may not do to a user, whatever the permissions are."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.contrib.auth.base_user import AbstractBaseUser as User
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

# Who asks for something; None for a program.
Operator: TypeAlias = User | AnonymousUser | None


class OperatorRefused(Exception):
    """What an operator asked for was not done, and nothing has changed.

    Attributes:
        reasons: why, and what to do instead, in words for the operator.
    """

    def __init__(self, *reasons: object) -> None:
        self.reasons = [str(reason) for reason in reasons]
        super().__init__(" ".join(self.reasons))


def user_name(user: User) -> str:
    """Return what an operator reads for a user, who may have no username."""
    try:
        name = str(user).strip()
    except TypeError:  # a username of None is no text to Django
        name = ""
    return name or f"{user._meta.verbose_name} {user.pk}"


def is_privileged(user: User) -> bool:
    """Return whether the user is an operator."""
    return bool(
        getattr(user, "is_staff", False) or getattr(user, "is_superuser", False)
    )


def rights_of(user: Any) -> set[str]:
    """Return the user's permissions and groups; empty for a model that knows none."""
    if not hasattr(user, "groups"):
        return set()
    groups = {f"group {pk}" for pk in user.groups.values_list("pk", flat=True)}
    return groups | set(user.get_all_permissions())


def is_superuser(user: Operator) -> bool:
    """Return whether the user may do everything; None, for a program, may not."""
    if user is None:
        return False
    return bool(getattr(user, "is_superuser", False) and user.is_active)


# An attacker in support links their own TikTok account to a superuser, opens the mini
# app, and is logged in as the superuser. Or they merge the superuser into a user of
# their own.
def privilege_reasons(by: Operator, *users: User) -> list[str]:
    """Return why ``by`` may not touch how these users log in: they are staff.

    Only a superuser may; None, for a program, may not.
    """
    if is_superuser(by):
        return []
    text = _("%(user)s is staff: only a superuser can do this.")
    return [text % {"user": user_name(user)} for user in users if is_privileged(user)]
