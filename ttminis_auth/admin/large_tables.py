"""Pages of a table that is too large to be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Base = ModelAdmin[Any]
    _List = ChangeList
    _Paginator = Paginator[Any]
else:
    _Base, _List, _Paginator = object, object, Paginator

# So many pages after the present one are looked for; who is shown "≥500" and wants to
# see more may go there.
AHEAD = 10
# Further than this nobody turns pages, and the database would count them all the same.
FARTHEST = 200


class AtLeast(int):
    """A count that was broken off, and says so wherever a template shows it.

    It counts, compares and takes a plural like any number.
    """

    # Templates group the digits of numbers, which would make "≥,500" of "≥500". What
    # calls itself a text they leave alone; its digits are grouped already.
    __class__ = str  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"≥{number_format(int(self))}"


def count_up_to(most: int, rows: QuerySet[Any]) -> int:
    """Return how many rows there are, or an ``AtLeast`` if there are more than that."""
    found = rows[: most + 1].count()
    return found if found <= most else AtLeast(most)


class BoundedPaginator(_Paginator):
    """Looks at ``bound`` rows at the most; beyond that there are no pages.

    Rows that are hard to find are looked for once, and not for the count and again for
    the page: what is counted are their keys, and a page is fetched by those.
    """

    object_list: Any

    def __init__(self, *args: Any, bound: int) -> None:
        super().__init__(*args)
        self._bound = bound

    @cached_property
    def count(self) -> int:
        """How many there are, or an ``AtLeast``."""
        found = len(self._keys)
        return found if found <= self._bound else AtLeast(self._bound)

    def page(self, number: Any) -> Page[Any]:
        """Return a page, as Django does."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self._keys[first : min(first + self.per_page, self.count)]
        rows: QuerySet[Any] = self.object_list.filter(pk__in=keys)
        return Page(rows, number, self)

    @cached_property
    def _keys(self) -> list[Any]:
        return list(self.object_list.values_list("pk", flat=True)[: self._bound + 1])


class AsOffered(_List):
    """Sorts by the columns that offer it, whatever is typed into the address."""

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what Django returns, but nothing for any other column."""
        offered = field_name in (self.sortable_by or ())
        return super().get_ordering_field(field_name) if offered else None


class BoundedPages(_Base):
    """For the admin of a large table: no statement whose cost grows with its size."""

    list_per_page = 50
    # Without it, "Show all" is offered for twice the page, which is no help.
    list_max_show_all = 50
    show_full_result_count = False
    # Each counts the whole table.
    show_facets = ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return Django's list, or the theme's, sorted as it is offered."""
        bases = AsOffered, super().get_changelist(request, **kwargs)
        return type("BoundedList", bases, {})

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, its only page fetched as one of several would be."""
        changelist: Any = super().get_changelist_instance(request)
        if not changelist.multi_page:
            changelist.result_list = changelist.paginator.page(1).object_list
        return changelist  # type: ignore[no-any-return]

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> BoundedPaginator:
        """Return a paginator that looks some pages ahead of the one asked for."""
        return BoundedPaginator(
            queryset,
            per_page,
            orphans,
            allow_empty_first_page,
            bound=bound(request, per_page),
        )


def bound(request: HttpRequest, per_page: int) -> int:
    """Return how many rows are looked at, at the most, for the page asked for."""
    try:
        page = int(request.GET.get(PAGE_VAR, 1))
    except ValueError:
        page = 1
    return min(max(page, 1) + AHEAD - 1, FARTHEST) * per_page
