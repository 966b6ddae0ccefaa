"""Who may do what to which rows of an admin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from .object_actions import Action

Row = TypeVar("Row", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    class _Base(ModelAdmin[Row]):
        pass
else:

    class _Base(Generic[Row]):
        pass


class PermittedActions(_Base[Row]):
    """For an admin whose rows have actions.

    Attributes:
        row_actions: in the order of their buttons.
    """

    row_actions: ClassVar[Sequence[Action[Any]]] = ()

    def may(self, request: HttpRequest, action: Action[Row], row: Any = None) -> bool:
        """Say whether the user may do this: to the row, or at all when it is None.

        By the action's permissions, which may be given for all rows or, with a backend
        that knows such, for one; and whoever may not view a row may not do anything to
        it. Override it to narrow that down.
        """
        opts = self.opts
        named = action.permission or f"{opts.app_label}.{action.name}_{opts.model_name}"
        wanted = [named, *action.further_permissions]
        return self.has_view_permission(request, row) and all(
            _has_permission(request, each, row) for each in wanted
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Also by a permission for this one row, where a backend knows such."""
        if super().has_view_permission(request, obj):
            return True
        name = f"{self.opts.app_label}.view_{self.opts.model_name}"
        return obj is not None and _has_permission(request, name, obj)

    def offered(self, request: HttpRequest, row: Row) -> list[Action[Row]]:
        """Return what the user can do to this row."""
        return [
            action
            for action in self.row_actions
            if action.is_offered(row) and self.may(request, action, row)
        ]

    def title_of(self, row: Row) -> str:
        """Return what a confirmation page calls the row."""
        return str(row)

    def find_rows(self, request: HttpRequest, pks: Iterable[str]) -> list[Row]:
        """Return the rows with these keys, of those that the user gets to see."""
        rows = self.get_queryset(request)
        try:
            found = rows.in_bulk([self.opts.pk.to_python(pk) for pk in pks])
        except (ValidationError, OverflowError):
            return []
        return [found[pk] for pk in sorted(found)]

    def url(self, name: str, *args: object) -> str:
        """Return the address of a page of this admin."""
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}"
        return reverse(page, args=args, current_app=self.admin_site.name)

    def action_url(self, action: Action[Row], row: Row) -> str:
        """Return where the action on this row begins."""
        return self.url("act", quote(row.pk), action.name)

    def keeping(self, request: HttpRequest, url: str) -> str:
        """Return the address with what the list was filtered by, to come back to."""
        match: Any = request.resolver_match
        own = f"{self.opts.app_label}_{self.opts.model_name}_"
        if not match.url_name.startswith(own):
            return url  # on the page of a user, the filters are those of users
        filters = self.get_preserved_filters(request)
        return add_preserved_filters(
            {"opts": self.opts, "preserved_filters": filters}, url
        )


def _has_permission(request: HttpRequest, name: str, row: Any) -> bool:
    user: Any = request.user
    return user.has_perm(name) or (row is not None and user.has_perm(name, row))
