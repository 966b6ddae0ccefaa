"""The date hierarchy of a table that is too large to be read for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Base = ModelAdmin[Any]
else:
    _Base = object


class DatedQuerySet(QuerySet[Any]):
    """Finds its dates by looking into an index on them, once for each date."""

    def datetimes(self, field_name: str, kind: str, *args: Any, **kwargs: Any) -> Any:
        """Return what Django returns, but never read the whole table for it."""
        rows = self.order_by(field_name).values_list(field_name, flat=True)
        found, moment = [], rows.first()
        while moment is not None:
            found.append(_start(here(moment), kind))
            later = {f"{field_name}__gte": _end(found[-1], kind)}
            moment = rows.filter(**later).first()
        return found


class ProbedDates(_Base):
    """For the admin of a large table with an index on its ``date_hierarchy``.

    The hierarchy shows the dates of all rows, filtered or not: to find those that a
    filter leaves, the database would have to read every row that it does not.
    """

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, with the rows that the hierarchy takes its dates from."""
        try:
            changelist: Any = super().get_changelist_instance(request)
            within = _period(str(self.date_hierarchy), changelist.params)
        except (OverflowError, ValueError) as error:
            # A year that is none: Django looks for a slip in the first day only. Or the
            # end of a month or a year that the calendar does not have any more.
            raise IncorrectLookupParameters from error
        # From here on nothing but the hierarchy reads it.
        everyone = self.get_queryset(request)
        dated: QuerySet[Any] = DatedQuerySet(everyone.model, everyone.query)
        changelist.queryset = dated.select_related(None).filter(**within)
        return changelist  # type: ignore[no-any-return]


def here(moment: datetime) -> datetime:
    """Return a moment by the viewer's clock; without time zones, as it is."""
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def _period(field_name: str, params: dict[str, Any]) -> dict[str, datetime]:
    """Return the bounds of the year or the month that is being looked at."""
    year, month = (params.get(f"{field_name}__{kind}") for kind in ("year", "month"))
    if not year:
        return {}
    start = datetime(int(year), int(month or 1), 1)
    end = _end(start, "month" if month else "year")
    return {f"{field_name}__gte": _aware(start), f"{field_name}__lt": _aware(end)}


def _start(moment: datetime, kind: str) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "day":
        return day
    return day.replace(day=1) if kind == "month" else day.replace(month=1, day=1)


def _end(start: datetime, kind: str) -> datetime:
    longest = timedelta(days={"year": 366, "month": 31, "day": 1}[kind])
    return _start(start + longest, kind)


def _aware(moment: datetime) -> datetime:
    # As the project's moments are, which ``USE_TZ`` decides.
    if timezone.is_naive(timezone.now()):
        return moment
    # Here and not in the database: where the calendar ends, UTC may have no such day.
    return timezone.make_aware(moment).astimezone(UTC)
