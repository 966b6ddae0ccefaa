"""Choose a user: by typing some letters, or by the whole name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_permission_codename, get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    _ModelChoiceField = forms.ModelChoiceField[Any]
else:
    _ModelChoiceField = forms.ModelChoiceField


class UserByName(forms.CharField):
    """For a project without a user admin to ask for completions.

    Whoever may not see users would otherwise find out here which names there are.
    """

    def __init__(
        self, users: QuerySet[Any], may_take: Callable[[Any], bool], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.users = users
        self.may_take = may_take

    def clean(self, value: Any) -> Any:
        """Return the user of this name, if the operator may look at them."""
        name = super().clean(value)
        field = self.users.model.USERNAME_FIELD
        user = self.users.filter(**{field: name}).first()
        if user is not None and self.may_take(user):
            return user
        raise ValidationError(_("There is no such user."))


class UserSelect(AutocompleteSelect):
    """Shows what was chosen, also where that is nobody.

    Who may not see users would otherwise read their names here, one key after another.
    """

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """Leave out what is no key: Django would ask the database for it, and fail."""
        return super().optgroups(name, [each for each in value if self._is(each)], attr)

    def _is(self, key: Any) -> bool:
        try:
            user = self.choices.queryset.filter(pk=key).first()
        except (ValueError, TypeError, ValidationError):
            return False
        return user is not None and self.choices.field.may_take(user)


class UserByCompletion(_ModelChoiceField):
    """Takes only users whom the operator may look at."""

    def __init__(
        self, users: QuerySet[Any], request: HttpRequest, site: AdminSite, **kwargs: Any
    ) -> None:
        column: Any = SocialAccount._meta.get_field("user")
        super().__init__(users, widget=UserSelect(column, site), **kwargs)
        self.request = request
        self.admin = site.get_model_admin(users.model)

    def clean(self, value: Any) -> Any:
        """Return the user with this key."""
        user = super().clean(value)
        if user is None or self.may_take(user):
            return user
        text = self.error_messages["invalid_choice"]
        raise ValidationError(text, "invalid_choice", {"value": value})

    def may_take(self, user: Any) -> bool:
        """Say whether the operator may look at the user."""
        return self.admin.has_view_permission(self.request, user)


def user_field(site: AdminSite, request: HttpRequest, label: str) -> forms.Field:
    """Return a field whose clean value is one user whom the operator may see."""
    model = get_user_model()
    if not site.is_registered(model):
        everybody = model._default_manager.all()
        return UserByName(everybody, partial(_may_view, request), label=label)
    admin = site.get_model_admin(model)
    seen = admin.get_queryset(request)
    if not admin.get_search_fields(request):
        may_take = partial(admin.has_view_permission, request)
        return UserByName(seen, may_take, label=label)
    return UserByCompletion(seen, request, site, label=label)


def _may_view(request: HttpRequest, user: Any) -> bool:
    """Say whether the operator may look at users, where no admin is there to ask."""
    codename = get_permission_codename("view", user._meta)
    operator: Any = request.user
    return bool(operator.has_perm(f"{user._meta.app_label}.{codename}"))
