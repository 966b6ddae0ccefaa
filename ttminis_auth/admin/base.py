"""The classes of Django's admin, or of the theme that the project has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from ..conf import conf

if TYPE_CHECKING:
    from django.contrib import admin

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    _Base = ModelAdmin
else:
    ModelAdmin = conf.admin_base.ModelAdmin
    TabularInline = conf.admin_base.TabularInline
    _Base = object

__all__ = ["ModelAdmin", "ReadOnly", "ReadOnlyPages", "TabularInline", "located"]

# For our own pages' templates: how this Django wants its breadcrumbs.
PAGE_CONTEXT = {"crumbs_are_a_list": django.VERSION >= (6, 1)}


def located(action_location: Any) -> dict[str, Any]:
    """Return the arguments for Django's own ``get_actions``."""
    # Django 5.2 knows no location; 6.1 names one, and warns of whoever takes none.
    return {"action_location": action_location} if action_location else {}


class ReadOnly:
    """For an admin or an inline of rows that nobody types in."""

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody: such rows come from TikTok."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody: what can be done to them has a button of its own."""
        return False


class ReadOnlyPages(ReadOnly, _Base):
    """For an admin whose rows nobody types in or deletes.

    To delete an identity would leave half a person, and a conflict that was settled
    would be reported anew: what leaves nothing half has a button. The permission itself
    stays Django's, which asks for it when a user is deleted with all that is theirs.
    """

    def get_actions(self, request: Any, action_location: Any = None) -> Any:
        """Leave out Django's "delete selected"."""
        found = super().get_actions(request, **located(action_location))
        found.pop("delete_selected", None)
        return found

    def delete_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse."""
        raise PermissionDenied

    def render_change_form(
        self, request: Any, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Show no button to delete with."""
        hidden = {**context, "show_delete": False}
        return super().render_change_form(request, hidden, *args, **kwargs)
