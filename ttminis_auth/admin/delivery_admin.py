"""Webhooks that TikTok sent, what came of them, and one button: run it again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeAlias

from django.contrib.admin import display
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import WebhookDelivery
from ..webhooks import handlers
from .action_pages import ActionsAdmin
from .base import Fields
from .columns import FieldForViewer, badge, copyable, identity_line
from .find_identities import AppFilter, ChoiceFilter, Lookups
from .object_actions import ObjectAction, PartlyDone
from .permitted_rows import shown

Deliveries: TypeAlias = QuerySet[WebhookDelivery]
Result = WebhookDelivery.Result
# To know all events of a table with millions, one would have to read them all.
LATEST = 10_000


class RunAgain(ObjectAction[WebhookDelivery]):
    """Handle it once more, as if it had just come."""

    name = "rerun"
    label = gettext_lazy("Run again")
    permissions = ("ttminis_auth.rerun_webhookdelivery",)
    takes_many = True
    command = "ttminis_webhooks --run-again"

    @classmethod
    def is_offered(cls, row: WebhookDelivery) -> bool:
        return row.result in (Result.RECEIVED, Result.FAILED, Result.IGNORED)

    def effects(self, row: WebhookDelivery) -> Iterable[str]:
        yield _("It is handled as if it had just come, also by project receivers.")
        yield _("What they did before the failure was undone, unless it left the site.")

    def obstacles(self, row: WebhookDelivery) -> Iterable[str]:
        if not self.is_offered(row):
            yield _("It is done: %(result)s.") % {"result": row.get_result_display()}

    def act(self, row: WebhookDelivery) -> str:
        self.require(row)
        handlers.run_again(row)
        if row.result == Result.FAILED:
            # Only what the project's receivers did was undone.
            raise PartlyDone(_("It failed again: %(error)s.") % {"error": row.error})
        return _("It was run again: %(result)s.") % {"result": row.get_result_display()}


class EventFilter(ChoiceFilter[WebhookDelivery]):
    """Offer the events that came lately, and the one that was asked for."""

    title = gettext_lazy("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: object) -> Lookups:
        latest = WebhookDelivery.objects.order_by("-pk").values("event")[:LATEST]
        events = {row["event"] for row in latest} | {self.value() or ""}
        return [(event, event) for event in sorted(events) if event]

    def narrow(self, queryset: Deliveries, value: str) -> Deliveries:
        if "\x00" in value:
            raise IncorrectLookupParameters  # PostgreSQL would end in an error
        return queryset.filter(event=value)


class WebhookDeliveryAdmin(ActionsAdmin[WebhookDelivery]):
    """Read only: TikTok wrote it, and it proves what TikTok wrote."""

    row_actions = (RunAgain,)
    what_came = "received_at", "event", "client_key", "open_id"
    list_display = (*what_came, "shown_result", "error", "handled_at")
    list_filter = (EventFilter, "result", AppFilter, "received_at")
    search_fields = ("user_openid__exact",)  # "=" ignores case, and the index with it
    search_help_text = gettext_lazy("Whole open ID.")
    ordering = ("-pk",)
    sortable_by = ("received_at",)
    readonly_fields = ("open_id", "shown_result", "shown_content")

    def get_fields(
        self, request: HttpRequest, obj: WebhookDelivery | None = None
    ) -> Fields:
        who = [FieldForViewer(self.person, request), "open_id"]
        came = ["event", "client_key", *who, "create_time", "received_at"]
        return [*came, "shown_result", "error", "handled_at", "shown_content"]

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        """Refuse: a replay is known by the row of the first delivery."""
        return False

    @display(description=gettext_lazy("person"))
    def person(
        self, request: HttpRequest, delivery: WebhookDelivery
    ) -> SafeString | str:
        found = shown(self.admin_site, request).filter(
            client_key=delivery.client_key, open_id=delivery.user_openid
        )
        known = found.select_related("account__user").first()
        return identity_line(known, request, self.admin_site)

    @display(description=gettext_lazy("open ID"))
    def open_id(self, delivery: WebhookDelivery) -> SafeString | str:
        return copyable(delivery.user_openid)

    @display(description=gettext_lazy("result"))
    def shown_result(self, delivery: WebhookDelivery) -> SafeString:
        return badge(delivery.result, delivery.get_result_display())

    @display(description=gettext_lazy("content"))
    def shown_content(self, delivery: WebhookDelivery) -> SafeString:
        text = json.dumps(delivery.content, indent=2, ensure_ascii=False)
        return format_html('<pre class="ttminis-content">{}</pre>', text)
