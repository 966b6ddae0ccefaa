"""Between a button and what it does: what will happen, are you sure, how far it is."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..flows import database
from .base import PAGE_CONTEXT
from .job import Job, unsealed
from .object_actions import Action, Choice, Refused, Tried
from .permissions import PermittedActions

logger = logging.getLogger("ttminis_auth")

Row = TypeVar("Row", bound=Model)

# So many are named on a page; more would hide its button.
NAMED = 20


class Dialogue(Generic[Row]):
    """One operator, one action, and the rows that it is about.

    ``asked`` in what they send says that the form was filled in, ``confirmed`` that
    they have read what will happen, and ``job`` holds what is left of a long one.
    """

    def __init__(
        self,
        admin: PermittedActions[Row],
        request: HttpRequest,
        action: Action[Row],
        address: str,
    ) -> None:
        self.admin = admin
        self.request = request
        self.action = action
        self.address = address

    def answer(self, rows: list[Row]) -> HttpResponse:
        """Ask, act or go on, as the request says; PermissionDenied for one row is all.

        Nobody finds out about rows, or changes some of them, by asking for a few that
        they may not touch among those that they may.
        """
        self._require_permission(rows)
        if "job" in self.request.POST:
            return self._go_on()
        if "confirmed" in self.request.POST:
            return self._begin(rows)
        return self.ask(rows)

    def ask(self, rows: list[Row]) -> HttpResponse:
        """Show what will happen, or the form that has to be filled in first."""
        self._require_permission(rows)
        was_asked = {"asked", "confirmed"} & {*self.request.POST}
        form = self._form(self.request.POST if was_asked else None)
        if len(rows) == 1:
            form.initial = self.action.initial(rows[0])
        is_known = form.is_valid() if form.is_bound else not self.action.asks_first
        choice = form.cleaned_data if form.is_bound and is_known else {}
        describe = self._described if is_known else self._titled
        named = [describe(row, choice) for row in rows[:NAMED]]
        is_blocked = len(rows) == 1 and any(each.get("obstacles") for each in named)
        context = {
            "form": form,
            "is_known": is_known,
            "named": named,
            "unnamed": len(rows) - len(named),
            "pks": ",".join(str(row.pk) for row in rows),
            "can_confirm": is_known and bool(rows) and not is_blocked,
            "instead": self._instead(rows[0]) if is_blocked else None,
        }
        return self._page("confirm", context, rows)

    def _titled(self, row: Row, choice: Choice) -> dict[str, Any]:
        """Return what the page says of one row before anything is known."""
        return {"title": self.admin.title_of(row)}

    def _described(self, row: Row, choice: Choice) -> dict[str, Any]:
        """Return what the page says of one row."""
        asked = row, choice
        obstacles = [*self.action.obstacles(*asked, self.request)]
        picture = None if obstacles else self.action.picture(*asked, self.request)
        obstacles += picture.blocked if picture else []
        return {
            **self._titled(row, choice),
            "obstacles": obstacles,
            "effects": [] if obstacles else [*self.action.effects(*asked)],
            "warnings": [] if obstacles else [*self.action.warnings(*asked)],
            "picture": picture,
        }

    def _instead(self, row: Row) -> tuple[str, object] | None:
        """Return address and label of what may help, if the operator may do it."""
        for action in self.admin.offered(self.request, row):
            if action.name == self.action.instead:
                # The other user whom they have chosen already.
                chosen = urlencode({"user": self.request.POST.get("user", "")})
                address = f"{self.admin.action_url(action, row)}?{chosen}"
                return self.admin.keeping(self.request, address), action.label
        return None

    def _begin(self, rows: list[Row]) -> HttpResponse:
        form = self._form(self.request.POST)
        if not form.is_valid() or not rows:
            return self.ask(rows)
        told = self.request.POST.copy()
        for name in {*told} - {*form.fields}:
            del told[name]
        job = Job(
            action=self.action.name,
            operator=str(self.request.user.pk),
            pks=[str(row.pk) for row in rows],
            told=told.urlencode(),
        )
        return self._work(job)

    def _go_on(self) -> HttpResponse:
        sealed, operator = self.request.POST["job"], str(self.request.user.pk)
        job = unsealed(sealed, action=self.action.name, operator=operator)
        if job is None:
            self._say(_("That took too long. Please begin again."), messages.ERROR)
            return HttpResponseRedirect(self._back([]))
        return self._work(job)

    def _work(self, job: Job) -> HttpResponse:
        """Act for some seconds, then show how far it is, or what came of it."""
        form = self._form(QueryDict(job.told))
        choice = form.cleaned_data if form.is_valid() else None
        done: list[str] = []

        def act(pk: str) -> str | None:
            try:
                done.append(self._act(pk, choice))
            except Refused as refusal:
                return str(refusal)
            return None

        job = job.go_on(act)
        if not job.is_over:
            return self._page("progress", {"job": job}, [])
        self._report(job, done)
        left = self.admin.find_rows(self.request, job.pks) if job.total == 1 else []
        return HttpResponseRedirect(self._back(left))

    def _act(self, pk: str, choice: Choice | None) -> str:
        """Do it to one row, and write that into the history. Raises Refused.

        What was only tried stands there, too: it may have ended somebody's sessions,
        or told TikTok something, and one has to see who did that.
        """
        rows = self.admin.find_rows(self.request, [pk])
        self._require_permission(rows)
        if not rows or choice is None:
            raise Refused([_("It has changed meanwhile.")])
        try:
            with database.atomic() if self.action.is_local else nullcontext():
                done = self.action.act(rows[0], choice, self.request)
                self.action.log(self.admin, self.request, rows[0], done)
        except Tried as tried:
            told = self.action.entry(str(tried))
            self.admin.log_change(self.request, rows[0], told)
            raise
        except ObjectDoesNotExist:
            # Erased by somebody else since; a long job goes on with the others. Or a
            # receiver of the project's did not find something of its own: a bug to see.
            told = "Nothing was done to %s %s: something is gone"
            logger.warning(told, self.admin.opts.label, pk, exc_info=True)
            raise Refused([_("It has changed meanwhile.")]) from None
        return done

    def _report(self, job: Job, done: list[str]) -> None:
        if job.total == 1 and done:
            self._say(done[0], messages.SUCCESS)
        elif job.done:
            text = ngettext(
                "%(label)s: %(n)s done.", "%(label)s: %(n)s done.", job.done
            )
            self._say(text % {"label": self.action.label, "n": job.done})
        for number, (pk, reasons) in enumerate(job.refusals):
            if number == NAMED:
                more = len(job.refusals) - NAMED
                self._say(_("%(more)s more were not done.") % {"more": more})
                break
            name = self.admin.opts.verbose_name
            text = f"{name} {pk}: {reasons}" if job.total > 1 else reasons
            self._say(text, messages.ERROR)

    def _back(self, rows: list[Row]) -> str:
        url = self.admin.url("changelist")
        if len(rows) == 1:
            url = self.admin.url("change", quote(rows[0].pk))
        return self.admin.keeping(self.request, url)

    def _form(self, told: Any) -> Form:
        form = self.action.form(self.admin, self.request, told)
        form.label_suffix = ""
        return form

    def _say(self, text: str, level: int = messages.INFO) -> None:
        # Django writes the first letter of a message large, be it that of a username.
        # In an element of its own, the text keeps its letters and its direction.
        said = format_html("<bdi>{}</bdi>", text)
        self.admin.message_user(self.request, said, level)

    def _require_permission(self, rows: list[Row]) -> None:
        asked: list[Row | None] = [*rows] or [None]
        for row in asked:
            if not self.admin.may(self.request, self.action, row):
                raise PermissionDenied

    def _page(
        self, name: str, context: dict[str, Any], rows: list[Row]
    ) -> TemplateResponse:
        context = {
            **self.admin.admin_site.each_context(self.request),
            **PAGE_CONTEXT,
            "opts": self.admin.opts,
            "media": self.admin.media + self._form(None).media,
            "title": self.action.label,
            "action": self.action,
            "address": self.address,
            "only": rows[0] if len(rows) == 1 else None,
            "back": self._back(rows),
            **context,
        }
        self.request.current_app = self.admin.admin_site.name
        template = f"ttminis_auth/admin/{name}.html"
        return TemplateResponse(self.request, template, context)
