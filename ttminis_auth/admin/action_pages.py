"""Actions on the pages of an admin: buttons, drop-down, permission, addresses.

Every way to an action, the drop-down of a list, a button, an address that somebody
typed, leads to the same dialogue, which asks for the same permission again.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from ..flows.database import non_atomic_requests
from .base import located
from .buttons import Buttons
from .confirmation import Dialogue
from .job import MOST_ROWS
from .object_actions import Action
from .permissions import PermittedActions

Row = TypeVar("Row", bound=Model)


class ActionsMixin(PermittedActions[Row]):
    """For an admin whose rows have actions: put it before ``ModelAdmin``."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        many = (action for action in self.row_actions if action.takes_many)
        self.actions = [*(self.actions or ()), *map(self._for_ticked, many)]

    @property
    def media(self) -> Media:
        """Add what the buttons look like."""
        return super().media + Media(css={"all": ["ttminis_auth/ttminis-actions.css"]})

    def get_urls(self) -> list[URLPattern]:
        """Put the actions' addresses before Django's, the last of which takes all."""
        wrap = self.admin_site.admin_view
        names = f"{self.opts.app_label}_{self.opts.model_name}"
        one, many = wrap(self.act_on_one), wrap(self.act_on_many)
        return [
            path("do/<slug:name>/", many, name=f"{names}_act_many"),
            path("<path:object_id>/do/<slug:name>/", one, name=f"{names}_act"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the buttons."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, Buttons(self, request)] if obj else fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the buttons."""
        return self.with_buttons(request, obj, super().get_fieldsets(request, obj))

    def with_buttons(self, request: HttpRequest, obj: Any, fieldsets: Any) -> Any:
        """Put the buttons, if there are any for this user, after the first part."""
        if obj is None or not self.offered(request, obj):
            return fieldsets
        buttons = (None, {"fields": [Buttons(self, request)]})
        return [*fieldsets[:1], buttons, *fieldsets[1:]]

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> Any:
        """Offer what can be done to many to those only who may do it."""
        found = super().get_actions(request, **located(action_location))
        for action in self.row_actions:
            if action.name in found and not self.may(request, action):
                del found[action.name]
        return found

    def _for_ticked(self, action: Action[Row]) -> Any:
        """Return the action as Django's drop-down wants it."""

        def begin(admin: Any, request: HttpRequest, rows: QuerySet[Row]) -> Any:
            pks = [str(pk) for pk in rows.values_list("pk", flat=True)[: MOST_ROWS + 1]]
            if len(pks) > MOST_ROWS:
                text = _("No more than %(most)s at once: choose fewer.")
                self.message_user(request, text % {"most": MOST_ROWS}, messages.ERROR)
                return None
            return self._dialogue(request, action).ask(self.find_rows(request, pks))

        begin.__name__ = action.name
        begin.short_description = action.label  # type: ignore[attr-defined]
        return begin

    # A transaction around all of it would hold rows for as long as TikTok takes.
    @non_atomic_requests
    def act_on_one(
        self, request: HttpRequest, object_id: str, name: str
    ) -> HttpResponse:
        """Ask, then do it to the row of this address."""
        action = self._find_action(name)
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._answer_gone(request)
        return self._dialogue(request, action, row).answer([row])

    @non_atomic_requests
    def act_on_many(self, request: HttpRequest, name: str) -> HttpResponse:
        """Go on with what was ticked in the list."""
        action = self._find_action(name)
        if not action.takes_many:
            raise Http404
        pks = request.POST.get("pks", "").split(",")
        if request.method != "POST" or len(pks) > MOST_ROWS:
            return HttpResponseRedirect(self.url("changelist"))
        return self._dialogue(request, action).answer(self.find_rows(request, pks))

    def _answer_gone(self, request: HttpRequest) -> HttpResponse:
        """Tell whoever may look, and clicked twice: the first click has done it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            raise Http404
        self.message_user(request, _("It is gone by now."), messages.WARNING)
        return HttpResponseRedirect(self.keeping(request, self.url("changelist")))

    def _find_action(self, name: str) -> Action[Row]:
        for action in self.row_actions:
            if action.name == name:
                return action
        raise Http404

    def _dialogue(
        self, request: HttpRequest, action: Action[Row], row: Any = None
    ) -> Dialogue[Row]:
        if row is None:
            address = self.url("act_many", action.name)
        else:
            address = self.action_url(action, row)
        return Dialogue(self, request, action, self.keeping(request, address))
