"""How things go: what was counted lately, in charts that the server draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from ..flows import counts
from ..models import Identity, LinkingConflict, WebhookDelivery
from ..models.webhooks import UNFINISHED
from . import meanings
from . import overview as panels
from .base import PAGE_CONTEXT, ModelAdmin, ReadOnly
from .columns import app_names
from .figures import Figures, Row, What, read
from .large_tables import count_up_to

LENGTHS = (7, 28, 84)
USUAL_LENGTH = 28
# Of conflicts or webhooks. More than that nobody works off in a day, and the database
# would count them at each look.
MOST_WAITING = 1000
# So many people's tokens are looked at on the way, in some hundredths of a second. More
# would keep whoever opens the page waiting: that is for whatever refreshes them.
FEW = 10_000
JUST_NOW = timedelta(minutes=1)


class DailyCountAdmin(ReadOnly, ModelAdmin):
    """The overview page, in the place of a list of its rows."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what happened has happened."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only as a whole: no row has a page of its own."""
        return obj is None and super().has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
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

    def _overview(self, request: HttpRequest) -> dict[str, Any]:
        length, today = _length(request.GET.get("days")), counts.today()
        rows = read(today, length)
        apps = _apps(rows)
        app = request.GET.get("app")
        app = app if app in apps else None
        chosen = [row for row in rows if app in (None, row.client_key)]
        figures = Figures(chosen, today, length)
        people = self._url(request, Identity)
        # Without a link for those who may not go there.
        link = partial(_with, people, app=app) if people else None
        return {
            "figures": figures,
            "apps": _links("app", app, {None: _("All apps"), **apps}, days=length),
            "lengths": _links("days", length, {n: _days(n) for n in LENGTHS}, app=app),
            "comparisons": _comparisons(figures),
            "to_do": self._to_do(request),
            "panels": _panels(figures, link),
            "health": panels.health(figures, link),
        }

    def _to_do(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Count what waits for somebody, as far as the viewer may see it."""
        conflicts = LinkingConflict.objects.filter(state=LinkingConflict.State.OPEN)
        webhooks = WebhookDelivery.objects.unfinished()
        results = {"result__in": ",".join(UNFINISHED)}
        waiting: list[tuple[str, QuerySet[Any], dict[str, str]]] = [
            (_("Open linking conflicts"), conflicts, {}),
            (_("Unfinished webhooks"), webhooks, results),
        ]
        return [
            {
                "title": title,
                "url": _with(url, **query),
                "count": panels.shown(count_up_to(MOST_WAITING, rows)),
            }
            for title, rows, query in waiting
            if (url := self._url(request, rows.model))
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


def _panels(figures: Figures, link: panels.Link | None) -> list[panels.Panel]:
    gone = (link(state="removed"), _("Who was removed")) if link else None
    return [
        panels.panel(figures, What.LOGIN, _("Logins")),
        panels.panel(figures, What.FIRST_LOGIN, _("First logins")),
        panels.panel(figures, What.AUTHORIZE, _("Authorizes")),
        panels.panel(figures, What.REFUSAL, _("Failures"), meanings.REFUSALS),
        panels.panel(figures, What.REMOVAL, _("Removals"), meanings.REMOVALS, gone),
    ]


def _comparisons(figures: Figures) -> list[dict[str, Any]]:
    titles = {
        What.LOGIN: _("Logins"),
        What.FIRST_LOGIN: _("First logins"),
        What.REFUSAL: _("Failures"),
    }
    return [panels.comparison(figures, what, title) for what, title in titles.items()]


def _length(asked: str | None) -> int:
    return next((n for n in LENGTHS if str(n) == asked), USUAL_LENGTH)


def _days(length: int) -> str:
    return _("%(days)s days") % {"days": length}


def _apps(rows: Sequence[Row]) -> dict[str, str]:
    """Return the names of the apps that there are, or were, by client key."""
    seen = {row.client_key: row.client_key for row in rows if row.client_key}
    names = (seen | app_names()).items()
    return dict(sorted(names, key=lambda named: named[1].casefold()))


def _links(
    name: str, chosen: object, choices: dict[Any, str], **others: object
) -> list[dict[str, Any]]:
    """Return a link for each choice that keeps what else was chosen."""
    return [
        {
            "text": text,
            "url": _with("", **others, **{name: value}),
            "is_chosen": value == chosen,
        }
        for value, text in choices.items()
    ]


def _with(url: str, **query: object) -> str:
    """Return the address with what is not None of the query."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{url}?{urlencode(given)}" if given else url or "?"
