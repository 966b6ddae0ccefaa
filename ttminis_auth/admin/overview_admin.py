"""The overview: what was counted lately, in charts that the server draws."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from ..core import counts
from ..models import DailyCount, Identity, LinkingConflict, WebhookDelivery
from ..models.webhooks import UNFINISHED
from .base import PAGE_CONTEXT, ModelAdmin, ReadOnly
from .columns import app_names
from .overview import (
    REFUSALS,
    REMOVALS,
    Figures,
    Link,
    What,
    comparison,
    health,
    panel,
    read,
)

LENGTHS = (7, 28, 84)
USUAL_LENGTH = 28
# Of conflicts or webhooks. More than that is not worked off in a day, and the database
# would count them at each look.
MOST_WAITING = 1000
# The tokens of so many identities are looked at on the way, in some hundredths of a
# second. More would keep the operator waiting: that is for whatever refreshes them.
FEW = 10_000
JUST_NOW = timedelta(minutes=1)


class DailyCountAdmin(ReadOnly, ModelAdmin[DailyCount]):
    """The overview page, in the place of a list of its rows."""

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        """Refuse: what happened has happened."""
        return False

    def has_view_permission(
        self, request: HttpRequest, obj: DailyCount | None = None
    ) -> bool:
        """Allow it only as a whole: no row has a page of its own."""
        return obj is None and super().has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> TemplateResponse:
        """Show what was counted: ``?days=`` 7, 28 or 84, ``?app=`` a client key."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        # What this very process knows is shown at once; of others, what they wrote.
        counts.write()
        if not Identity.objects.order_by()[FEW:].exists():
            counts.snapshot_if_older(JUST_NOW)
        context = {
            **self.admin_site.each_context(request),
            **PAGE_CONTEXT,
            "title": _("Overview"),
            "opts": self.opts,
            **self._overview(request),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "ttminis_auth/admin/overview.html", context)

    def _overview(self, request: HttpRequest) -> dict[str, object]:
        today, asked = counts.today(), request.GET.get("days")
        length = next((n for n in LENGTHS if str(n) == asked), USUAL_LENGTH)
        rows = read(today, length)
        # Those that there are, and those that only figures are left of.
        names = {row.client_key: row.client_key for row in rows if row.client_key}
        names |= app_names()
        app = request.GET.get("app")
        app = app if app in names else None
        chosen = [row for row in rows if app in (None, row.client_key)]
        figures = Figures(chosen, today, length)
        # Without a link for those who may not go there.
        identities = self._url(request, Identity)
        link = partial(_with, identities, app=app) if identities else None
        return {
            "is_empty": figures.is_empty,
            "apps": sorted(names.items(), key=lambda named: named[1].casefold()),
            "app": app,
            "lengths": LENGTHS,
            "length": length,
            "comparisons": [
                comparison(figures, What.LOGIN, _("Logins")),
                comparison(figures, What.FIRST_LOGIN, _("First logins")),
                comparison(figures, What.REFUSAL, _("Failures")),
            ],
            "to_do": self._to_do(request),
            "panels": _panels(figures, link),
            "health": health(figures, link),
        }

    def _to_do(self, request: HttpRequest) -> list[dict[str, object]]:
        """Count what waits for an operator, as far as the viewer may see it."""
        conflicts = LinkingConflict.objects.filter(state=LinkingConflict.State.OPEN)
        webhooks = WebhookDelivery.objects.unfinished()
        results = {"result__in": ",".join(UNFINISHED)}
        waiting: list[tuple[str, QuerySet[Model], dict[str, str]]] = [
            (_("Open linking conflicts"), conflicts, {}),
            (_("Unfinished webhooks"), webhooks, results),
        ]
        return [
            {
                "title": title,
                "url": _with(url, **query),
                "count": min(found, MOST_WAITING),
                "is_capped": found > MOST_WAITING,
            }
            for title, rows, query in waiting
            if (url := self._url(request, rows.model))
            for found in [rows[: MOST_WAITING + 1].count()]
        ]

    def _url(self, request: HttpRequest, model: type[Model]) -> str | None:
        """Return where the model's list is, for those who may see it."""
        try:
            found = self.admin_site.get_model_admin(model)
        except NotRegistered:
            return None
        if not found.has_view_permission(request):
            return None
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        return reverse(name, current_app=self.admin_site.name)


def _panels(figures: Figures, link: Link | None) -> list[dict[str, object]]:
    gone = (link(state__exact="removed"), _("Who was removed")) if link else None
    return [
        panel(figures, What.LOGIN, _("Logins")),
        panel(figures, What.FIRST_LOGIN, _("First logins")),
        panel(figures, What.AUTHORIZE, _("Authorizes")),
        panel(figures, What.REFUSAL, _("Failures"), REFUSALS),
        panel(figures, What.REMOVAL, _("Removals"), REMOVALS, gone),
    ]


def _with(url: str, **query: object) -> str:
    """Return the address with what is not None of the query."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{url}?{urlencode(given)}" if given else url
