"""Lists of a table that is too large to be counted or read through."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from .base import ModelAdmin, Row

# Rows that a list finds at most: twenty pages. Operators do not turn more, and the
# database would count a million rows to offer them. The template of the pages says so.
MOST_FOUND = 1000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Finds ``MOST_FOUND`` rows and no more; ``is_capped`` says that there are more.

    Rows that are hard to find are looked for once, not for the count and again for the
    page: their keys are counted, and a page is fetched by those.
    """

    object_list: QuerySet[Model]

    @cached_property
    def _keys(self) -> list[object]:
        keys = self.object_list.values_list("pk", flat=True)
        return list(keys[: MOST_FOUND + 1])

    @cached_property
    def count(self) -> int:
        return min(len(self._keys), MOST_FOUND)

    @property
    def is_capped(self) -> bool:
        return len(self._keys) > MOST_FOUND

    def page(self, number: int | str) -> Page[Model]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self._keys[first : min(first + self.per_page, self.count)]
        return Page(self.object_list.filter(pk__in=keys), number, self)


class LargeTable(ModelAdmin[Row]):
    """The admin of a large table: no statement whose cost grows with its size."""

    paginator = CappedPaginator
    list_per_page = 50
    # Without it, "Show all" is offered for twice the page, which is no help.
    list_max_show_all = 50
    show_full_result_count = False
    # Each counts the whole table.
    show_facets = ShowFacets.NEVER
    # No index would serve another order than that of the admin.
    sortable_by: ClassVar[tuple[str, ...]] = ()

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, its only page fetched as one of several would be."""
        changelist = super().get_changelist_instance(request)
        if not changelist.multi_page:
            changelist.result_list = changelist.paginator.page(1).object_list
        return changelist
