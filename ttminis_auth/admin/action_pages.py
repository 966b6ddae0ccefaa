"""The buttons of actions, the page that asks for confirmation, and running the action.

The drop-down of a list and the button of a row lead to the same page, and every POST
checks the same permission again. The page sends its form to its own address, as
Django's "delete selected" does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from time import monotonic
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import AdminSite, display
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..core import database
from ..linking.merge import MergeVetoed
from ..linking.staff_rules import OperatorRefused
from .base import PAGE_CONTEXT, Fields, Row
from .columns import FieldForViewer
from .object_actions import Form, PartlyDone, PermittedActions

logger = logging.getLogger("ttminis_auth")

# What one request can do. Servers end a request after 30 seconds or more; what is not
# begun by then is refused, by name.
MOST_ROWS = 100
SECONDS = 20.0
# So many rows are named on a page; more would hide its button.
NAMED = 20


class ActionsAdmin(PermittedActions[Row]):
    """An admin with a button for each action of a row."""

    def __init__(self, model: type[Row], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        many = (each for each in self.row_actions if each.takes_many)
        self.actions = [*(self.actions or ()), *map(self._for_ticked, many)]

    # --- Buttons and addresses

    @display(description=gettext_lazy("what can be done"))
    def buttons(self, request: HttpRequest, row: Row) -> SafeString | str:
        """Return a link to each action that this user can do to the row."""
        html = '<a class="button{}" href="{}">{}</a>'
        looks = {False: "", True: " ttminis-danger"}
        links = [
            (looks[each.is_dangerous], self.action_url(request, each, row), each.label)
            for each in self.offered(request, row)
        ]
        buttons = format_html_join(" ", html, links)
        return format_html('<span class="ttminis-buttons">{}</span>', buttons or "-")

    def get_fieldsets(self, request: HttpRequest, obj: Row | None = None) -> Fields:
        return self.with_buttons(request, obj, super().get_fieldsets(request, obj))

    def with_buttons(
        self, request: HttpRequest, obj: Row | None, fieldsets: Fields
    ) -> Fields:
        """Put the buttons, if there are any for this user, after the first part."""
        if obj is None or not self.offered(request, obj):
            return fieldsets
        buttons = (None, {"fields": [FieldForViewer(self.buttons, request)]})
        return [*fieldsets[:1], buttons, *fieldsets[1:]]

    def get_urls(self) -> list[URLPattern]:
        """Put the actions' address before Django's, the last of which takes all."""
        view = self.admin_site.admin_view(self.action_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        address = path("<path:object_id>/do/<slug:name>/", view, name=name)
        return [address, *super().get_urls()]

    # --- From the button and from the list to the page

    # A transaction around all of it would hold rows for as long as TikTok takes.
    @database.non_atomic_requests
    def action_view(
        self, request: HttpRequest, object_id: str, name: str
    ) -> HttpResponse:
        """Ask, then do it to the row of this address."""
        named = {action.name: action for action in self.row_actions}
        if name not in named:
            raise Http404
        if row := self.get_object(request, unquote(object_id)):
            return self._answer(request, named[name], [row])
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            raise Http404
        # The operator has clicked twice: the first click has done it.
        self.message_user(request, _("It is gone by now."), messages.WARNING)
        return HttpResponseRedirect(self.url(request, "changelist"))

    @database.non_atomic_requests
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, extra_context)

    def _for_ticked(self, action: type[Form]) -> Callable[..., HttpResponse | None]:
        """Return the action as Django's drop-down wants it."""

        def begin(
            admin: object, request: HttpRequest, ticked: QuerySet[Row]
        ) -> HttpResponse | None:
            rows = list(ticked[: MOST_ROWS + 1])
            if len(rows) <= MOST_ROWS:
                return self._answer(request, action, rows) if rows else None
            text = _("No more than %(most)s at once: choose fewer.")
            if action.command:
                text = _("No more than %(most)s at once: run manage.py %(command)s.")
            values = {"most": MOST_ROWS, "command": action.command}
            self.message_user(request, text % values, messages.ERROR)
            return None

        begin.__name__ = action.name
        begin.short_description = action.label  # type: ignore[attr-defined]
        return begin

    # --- The page

    def _answer(
        self, request: HttpRequest, action: type[Form], rows: list[Row]
    ) -> HttpResponse:
        """Ask, or act once it is confirmed; PermissionDenied for one row is for all.

        An operator could otherwise find out about rows, or change some of them, by
        asking for a few that they may not touch among those that they may.
        """
        if not all(self.may(request, action, row) for row in rows):
            raise PermissionDenied
        was_asked = {"asked", "confirmed"} & {*request.POST}
        form = action(self, request, request.POST if was_asked else None)
        if len(rows) == 1:
            form.initial = form.initial_for(rows[0])
        if "confirmed" in request.POST and form.is_valid():
            return self._act_on(form, rows)
        return self._ask(form, rows)

    def _ask(self, form: Form, rows: list[Row]) -> HttpResponse:
        """Show what will happen, or the form that has to be filled in first."""
        request = form.request
        is_known = form.is_valid() if form.is_bound else not form.asks_first
        named = [self._described(form, row, is_known) for row in rows[:NAMED]]
        is_blocked = len(rows) == 1 and bool(named[0].get("obstacles"))
        context = {
            **self.admin_site.each_context(request),
            **PAGE_CONTEXT,
            "opts": self.opts,
            "media": self.media + form.media,
            "title": form.label,
            "form": form,
            "is_known": is_known,
            "named": named,
            "unnamed": len(rows) - len(named),
            "ticked": rows if self.is_list(request) else [],
            "only": rows[0] if len(rows) == 1 else None,
            "can_confirm": is_known and not is_blocked,
            "instead": self._instead(form, rows[0]) if is_blocked else None,
            "back": self._back(request, rows[0]),
        }
        request.current_app = self.admin_site.name
        template = "ttminis_auth/admin/confirm.html"
        return TemplateResponse(request, template, context)

    def _described(self, form: Form, row: Row, is_known: bool) -> dict[str, object]:
        context: dict[str, object] = {"title": self.title_of(row)}
        if is_known:
            obstacles = [*form.obstacles(row)]
            plan = None if obstacles else form.plan(row)
            obstacles += plan.blocked if plan else []
            context |= {"obstacles": obstacles, "plan": plan}
            if not obstacles:
                context["effects"] = [*form.effects(row)]
                context["warnings"] = [*form.warnings(row)]
        return context

    def _instead(self, form: Form, row: Row) -> tuple[str, object] | None:
        """Return address and label of what may help, if the operator may do it."""
        for action in self.offered(form.request, row):
            if action.name == form.instead:
                url = self.action_url(form.request, action, row)
                # The other user that the operator has chosen already.
                chosen = urlencode({"user": form.request.POST.get("user", "")})
                return f"{url}{'&' if '?' in url else '?'}{chosen}", action.label
        return None

    def _back(self, request: HttpRequest, row: Row) -> str:
        if self.is_list(request):
            return request.get_full_path()
        if self.get_queryset(request).filter(pk=row.pk).exists():
            return self.url(request, "change", quote(row.pk))
        return self.url(request, "changelist")

    # --- Once it is confirmed

    def _act_on(self, form: Form, rows: list[Row]) -> HttpResponse:
        deadline = monotonic() + SECONDS
        done: list[str] = []
        refusals: list[str] = []
        for row in rows:
            try:
                if monotonic() > deadline:
                    raise OperatorRefused(_("There was no time left for it."))
                done.append(self._act_on_one(form, row.pk))
            except OperatorRefused as refusal:
                name = f"{self.opts.verbose_name} {row.pk}: " if len(rows) > 1 else ""
                refusals.append(f"{name}{refusal}")
        if done and len(rows) > 1:
            text = _("%(label)s: %(n)s done.")
            done = [text % {"label": form.label, "n": len(done)}]
        if more := len(refusals[NAMED:]):
            text = _("%(more)s more were not done.")
            refusals = [*refusals[:NAMED], text % {"more": more}]
        for level, texts in {messages.SUCCESS: done, messages.ERROR: refusals}.items():
            for text in texts:
                # Django writes the first letter of a message large, be it that of a
                # username. In an element of its own, the text keeps its letters.
                said = format_html("<bdi>{}</bdi>", text)
                self.message_user(form.request, said, level)
        return HttpResponseRedirect(self._back(form.request, rows[0]))

    def _act_on_one(self, form: Form, pk: object) -> str:
        """Do it to one row as it is now, and write that into the history.

        So is what failed half-way: it may have ended a user's sessions, or revoked
        tokens, and the history has to show which operator did that.
        """
        row = self.get_queryset(form.request).filter(pk=pk).first()
        if row is None or not self.may(form.request, type(form), row):
            raise OperatorRefused(_("It has changed meanwhile."))
        try:
            with database.atomic() if form.is_local else nullcontext():
                done = form.act(row)
                form.log(row, done)
        except PartlyDone as partly:
            form.note(row, str(partly))
            raise
        except MergeVetoed as veto:
            raise OperatorRefused(veto) from None
        except ObjectDoesNotExist:
            # Erased by another operator since. Or a receiver of the project's did not
            # find something of its own: a bug to see.
            text = "Nothing was done to %s %s: something is gone"
            logger.warning(text, self.opts.label, pk, exc_info=True)
            raise OperatorRefused(_("It has changed meanwhile.")) from None
        return done
