"""The classes of Django's admin, or of the theme that the project has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import django
from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth import get_permission_codename
from django.db.models import Model

from ..conf import conf

Row = TypeVar("Row", bound=Model)
Parent = TypeVar("Parent", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as ModelAdmin
    from django.contrib.admin import TabularInline as TabularInline
    from django.forms import ModelForm as ModelForm

    # What a mixin stands before; at run time a mixin inherits from nothing.
    AdminMixin = ModelAdmin
else:

    class ModelForm(forms.ModelForm, Generic[Row]):
        pass

    class AdminMixin(Generic[Row]):
        pass

    class ModelAdmin(conf.admin_base.ModelAdmin, Generic[Row]):
        pass

    class TabularInline(conf.admin_base.TabularInline, Generic[Row, Parent]):
        pass


Mixin = type[AdminMixin[Any]]
# Django takes functions among fields and columns, of which its types know names only.
Fields = Any


def permission(action: str, model: type[Model] | Model) -> str:
    """Return the name of Django's permission to do something to a model's rows."""
    opts = model._meta
    return f"{opts.app_label}.{get_permission_codename(action, opts)}"


# For our own pages' templates: how this Django wants its breadcrumbs.
PAGE_CONTEXT = {"crumbs_are_a_list": django.VERSION >= (6, 1)}


class ReadOnly:
    """For an admin or an inline whose rows no operator types in: TikTok sends them."""

    class Media:
        css = {"all": ["ttminis_auth/ttminis-admin.css"]}
        js = ["ttminis_auth/ttminis-admin.js"]

    def has_add_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_change_permission(self, *args: object, **kwargs: object) -> bool:
        return False


def mix_in(site: AdminSite, mixins: Mapping[type[Model], Mixin], prefix: str) -> None:
    """Register a site's models anew with their mixins, and the prefix to the name."""
    for model, mixin in mixins.items():
        registered = type(site._registry[model]) if site.is_registered(model) else mixin
        if not issubclass(registered, mixin):
            site.unregister(model)
            name = f"{prefix}{registered.__name__}"
            site.register(model, type(name, (mixin, registered), {}))
