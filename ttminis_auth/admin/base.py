"""The classes of Django's admin, or of the theme that the project has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import django
from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpResponse

from ..conf import conf

if TYPE_CHECKING:
    from django.contrib import admin

    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
    TabularInline = admin.TabularInline[Any, Any]
    # What a mixin stands before; at run time a mixin inherits from nothing.
    AdminMixin = ModelAdmin
else:
    ModelAdmin, ModelForm = conf.admin_base.ModelAdmin, forms.ModelForm
    TabularInline = conf.admin_base.TabularInline
    AdminMixin = object

# For our own pages' templates: how this Django wants its breadcrumbs.
PAGE_CONTEXT = {"crumbs_are_a_list": django.VERSION >= (6, 1)}


class ReadOnly:
    """For an admin or an inline whose rows no operator types in: TikTok sends them."""

    class Media:
        css = {"all": ["ttminis_auth/ttminis-admin.css"]}
        js = ["ttminis_auth/ttminis-admin.js"]

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    """An admin whose rows no operator types in or deletes.

    Deleting an identity would leave its social account behind, and a deleted conflict
    would be reported anew: use the buttons. The permission itself stays Django's, which
    asks for it when a user is deleted with all rows that belong to the user.
    """

    def get_actions(self, request: Any, action_location: Any = None) -> Any:
        # Django 5.2 knows no location; 6.1 names one, and warns if none is taken.
        located = {"action_location": action_location} if action_location else {}
        found = super().get_actions(request, **located)
        found.pop("delete_selected", None)
        return found

    def delete_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        raise PermissionDenied

    def render_change_form(
        self, request: Any, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        hidden = {**context, "show_delete": False}
        return super().render_change_form(request, hidden, *args, **kwargs)


def mix_in(
    site: AdminSite, mixins: Mapping[type[Model], type[Any]], prefix: str
) -> None:
    """Register a site's models anew with their mixins, and the prefix to the name."""
    for model, mixin in mixins.items():
        registered = type(site._registry[model]) if site.is_registered(model) else mixin
        if not issubclass(registered, mixin):
            site.unregister(model)
            name = f"{prefix}{registered.__name__}"
            site.register(model, type(name, (mixin, registered), {}))
