"""What an operator can do to a row of the admin, and who may do it.

An action reads in one place: its form, its permission, what its page says before, what
it does, and its entry in the history. ``action_pages`` shows and runs it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, Generic

from django import forms
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import Promise

from ..linking.staff_rules import OperatorRefused
from ..removal import admin_log
from .base import ModelAdmin, ReadOnly, Row, permission
from .large_tables import LargeTable


class PartlyDone(OperatorRefused):
    """The action failed, and what it did before stays: the history gets an entry."""


class ObjectAction(forms.Form, Generic[Row]):
    """One operator's form for one action; its fields are what has to be filled in.

    Attributes:
        name: in the address, and at the beginning of the entry in the history.
        permissions: all that it takes, as ``<app>.<codename>``.
        takes_many: whether it is offered for what is ticked in the list.
        command: the management command that does it to more rows than a request can.
        asks_first: whether it takes the form to say what will happen.
        is_dangerous: whether it cannot be undone.
        is_local: whether all that it does is in the database, and then in one
            transaction with its entry in the history.
        instead: the name of an action that may help where this one is refused.
    """

    name: ClassVar[str]
    label: ClassVar[Promise]
    permissions: ClassVar[Sequence[str]]
    takes_many: ClassVar[bool] = False
    command: ClassVar[str] = ""
    asks_first: ClassVar[bool] = False
    is_dangerous: ClassVar[bool] = False
    is_local: ClassVar[bool] = False
    instead: ClassVar[str] = ""

    def __init__(
        self,
        admin: ModelAdmin[Row],
        request: HttpRequest,
        data: QueryDict | None = None,
    ) -> None:
        self.admin, self.request = admin, request
        super().__init__(data, label_suffix="")

    @property
    def choice(self) -> dict[str, Any]:
        """What was filled in, empty before that."""
        return getattr(self, "cleaned_data", {})

    @classmethod
    def is_offered(cls, row: Row) -> bool:
        """Return whether there is anything for this action to do to the row."""
        return True

    def initial_for(self, row: Row) -> dict[str, object]:
        """Return what the form of a single row begins with."""
        return {}

    def obstacles(self, row: Row) -> Iterable[str]:
        """Return what stands in the way, a sentence each; none lets it be confirmed."""
        return []

    def require(self, row: Row) -> None:
        """Raise OperatorRefused if anything stands in the way now, page or no page."""
        if reasons := list(self.obstacles(row)):
            raise OperatorRefused(*reasons)

    def effects(self, row: Row) -> Iterable[str]:
        """Return what will happen, and ``warnings`` what to know before."""
        return []

    def warnings(self, row: Row) -> Iterable[str]:
        return []

    def plan(self, row: Row) -> SimpleNamespace | None:
        """Return what ``_plan.html`` shows; ``blocked`` of it are more obstacles."""
        return None

    @abstractmethod
    def act(self, row: Row) -> str:
        """Do it, and return what was done, for the operator and for the history.

        Raises OperatorRefused, and PartlyDone where something has changed all the same.
        """

    def log(self, row: Row, done: str) -> None:
        """Make an entry in the history of each row that was changed."""
        self.note(row, done)

    def note(self, row: Model, text: str) -> None:
        """Make an entry in one row's history; of an erased row it keeps the name."""
        entry = admin_log.entry(self.name, text)
        self.admin.log_change(self.request, row, entry)  # type: ignore[arg-type]


Form = ObjectAction[Any]
ActionClass = type[Form]


class PermittedActions(ReadOnly, LargeTable[Row]):
    """An admin of rows that no operator types in or deletes, and who may do what.

    Deleting an identity would leave its social account behind, and a deleted conflict
    would be reported anew: use the buttons. The permission itself stays Django's, which
    asks for it when a user is deleted with all rows that belong to the user.

    Attributes:
        row_actions: in the order of their buttons.
    """

    row_actions: ClassVar[Sequence[ActionClass]] = ()

    def may(
        self, request: HttpRequest, action: ActionClass, row: Row | None = None
    ) -> bool:
        """Return whether the user may do this: to the row, or at all when it is None.

        By the action's permissions, which may be given for all rows or, with a backend
        that knows such, for one. An operator who may not view a row may not do anything
        to it. Override it to narrow that down.
        """
        return self.has_view_permission(request, row) and all(
            _has_permission(request, each, row) for each in action.permissions
        )

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Also by a permission for this one row, where a backend knows such."""
        name = permission("view", self.model)
        return super().has_view_permission(request, obj) or (
            obj is not None and _has_permission(request, name, obj)
        )

    def offered(self, request: HttpRequest, row: Row) -> list[ActionClass]:
        """Return what the user can do to this row."""
        return [
            action
            for action in self.row_actions
            if action.is_offered(row) and self.may(request, action, row)
        ]

    def get_actions(self, request: HttpRequest, action_location: object = None) -> Any:
        """Offer what can be done to many, to those only who may do it."""
        # Django 6.1 says for which place of the admin; 5.2 knows only one.
        location = () if action_location is None else (action_location,)
        found = super().get_actions(request, *location)
        found.pop("delete_selected", None)
        for action in self.row_actions:
            if action.name in found and not self.may(request, action):
                del found[action.name]
        return found

    def delete_view(self, *args: object, **kwargs: object) -> HttpResponse:
        raise PermissionDenied

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["show_delete"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def title_of(self, row: Row) -> str:
        """Return what a confirmation page calls the row."""
        return str(row)

    def action_url(self, request: HttpRequest, action: ActionClass, row: Row) -> str:
        return self.url(request, "act", quote(row.pk), action.name)

    def url(self, request: HttpRequest, name: str, *args: object) -> str:
        """Return an address of this admin, with what its list was filtered by."""
        model, site = f"{self.opts.app_label}_{self.opts.model_name}_", self.admin_site
        url = reverse(f"admin:{model}{name}", args=args, current_app=site.name)
        if not _view_name(request).startswith(model):
            return url  # on the page of a user, the filters are those of users
        filters = self.get_preserved_filters(request)
        context: dict[str, Any] = {"opts": self.opts, "preserved_filters": filters}
        return add_preserved_filters(context, url)

    def is_list(self, request: HttpRequest) -> bool:
        """Return whether the request is one of the list, and not of a row."""
        return _view_name(request).endswith("_changelist")


def _view_name(request: HttpRequest) -> str:
    match = request.resolver_match
    return str(match and match.url_name)


def _has_permission(request: HttpRequest, name: str, row: Model | None) -> bool:
    user = request.user
    return user.has_perm(name) or (row is not None and user.has_perm(name, row))
