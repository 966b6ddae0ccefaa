"""What TikTok told us of, what came of it, and one button: run it again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Identity, WebhookDelivery
from ..webhooks import handlers
from .action_pages import ActionsMixin
from .base import ModelAdmin, ReadOnlyPages
from .columns import badge, copyable, media
from .dates import ProbedDates
from .find_identities import AppFilter
from .large_tables import BoundedPages
from .object_actions import Action, Choice, Tried
from .permitted_rows import shown
from .person_field import Person

Result = WebhookDelivery.Result
# To know all events of a table with millions, one would have to read them all.
LATEST = 10_000


class RunAgain(Action[WebhookDelivery]):
    """Once more, as if it had just come."""

    name = "rerun"
    label = gettext_lazy("Run again")
    takes_many = True

    def is_offered(self, row: WebhookDelivery) -> bool:
        return row.result in (Result.RECEIVED, Result.FAILED, Result.IGNORED)

    def effects(self, row: WebhookDelivery, choice: Choice) -> Iterable[object]:
        yield _(
            "It is handled as if it had just come, the project's receivers included."
        )
        yield _("What they did before the failure was undone, unless it left the site.")

    def obstacles(
        self, row: WebhookDelivery, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        if not self.is_offered(row):
            yield _("It is done: %(result)s.") % {"result": row.get_result_display()}

    def act(self, row: WebhookDelivery, choice: Choice, request: HttpRequest) -> str:
        self.require(row, choice, request)
        handlers.run_again(row)
        if row.result == Result.FAILED:
            # Only what the project's receivers did was undone.
            raise Tried([_("It failed again: %(error)s.") % {"error": row.error}])
        return _("It was run again: %(result)s.") % {"result": row.get_result_display()}


def _known(people: QuerySet[Identity], delivery: WebhookDelivery) -> Identity | None:
    """Return which of the people it is about, if it is one of them."""
    known = people.filter(client_key=delivery.client_key)
    found = known.filter(open_id=delivery.user_openid)
    return found.select_related("account__user").first()


class EventFilter(SimpleListFilter):
    """Offers the events that came lately."""

    title = gettext_lazy("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        latest = WebhookDelivery.objects.order_by("-pk").values("event")[:LATEST]
        events = {row["event"] for row in latest} | {self.value() or ""}
        return [(event, event) for event in sorted(events) if event]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        event = self.value()
        if "\x00" in (event or ""):
            raise IncorrectLookupParameters  # PostgreSQL would end in an error
        return queryset.filter(event=event) if event else queryset


class WebhookDeliveryAdmin(
    BoundedPages, ProbedDates, ReadOnlyPages, ActionsMixin[WebhookDelivery], ModelAdmin
):
    """Read only: TikTok wrote it, and it proves what TikTok wrote."""

    row_actions = (RunAgain(),)
    list_display = (
        "received_at",
        "event",
        "client_key",
        "short_open_id",
        "shown_result",
        "error",
        "handled_at",
    )
    list_filter = (
        EventFilter,
        "result",
        AppFilter,
    )
    date_hierarchy = "received_at"
    search_fields = ("user_openid__exact",)  # "=" ignores case, and the index with it
    search_help_text = gettext_lazy("Whole open ID.")
    ordering = ("-pk",)
    sortable_by = ("received_at",)
    readonly_fields = (
        "open_id",
        "shown_result",
        "shown_content",
    )

    @property
    def media(self) -> Media:
        """Add what the columns look like."""
        return super().media + media()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what came, of whom, and what became of it."""
        known = partial(_known, shown(self.admin_site, request))
        who = Person(self.admin_site, request, known, gettext_lazy("person"))
        came = ["event", "client_key", who, "open_id", "create_time", "received_at"]
        return [*came, "shown_result", "error", "handled_at", "shown_content"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a replay is known by the row of the first delivery."""
        return False

    @display(description=gettext_lazy("open ID"))
    def short_open_id(self, delivery: WebhookDelivery) -> SafeString | str:
        return copyable(delivery.user_openid)

    @display(description=gettext_lazy("result"))
    def shown_result(self, delivery: WebhookDelivery) -> SafeString:
        return badge(delivery.result, delivery.get_result_display())

    @display(description=gettext_lazy("open ID"))
    def open_id(self, delivery: WebhookDelivery) -> SafeString | str:
        return copyable(delivery.user_openid, whole=True)

    @display(description=gettext_lazy("content"))
    def shown_content(self, delivery: WebhookDelivery) -> SafeString:
        text = json.dumps(delivery.content, indent=2, ensure_ascii=False)
        return format_html('<pre class="ttminis-content">{}</pre>', text)
