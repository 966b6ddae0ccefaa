"""What an operator can do to a row, apart from how it is asked for and shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from django import forms
from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise

from ..flows import history

Row = TypeVar("Row", bound=Model)
Choice = Mapping[str, Any]


class Refused(Exception):
    """It was not done; unless it is ``Tried``, nothing has changed.

    Attributes:
        reasons: why, in words for an operator.
    """

    def __init__(self, reasons: Iterable[object]) -> None:
        self.reasons = [str(reason) for reason in reasons]
        super().__init__("; ".join(self.reasons))


class Tried(Refused):
    """It was not done, or not all of it, and what was done stays: history tells."""


class Picture(Protocol):
    """What will happen, in more than sentences.

    Attributes:
        blocked: what it shows to stand in the way, a sentence each.
    """

    @property
    def blocked(self) -> Sequence[str]: ...


class Action(ABC, Generic[Row]):
    """Something that an operator can do, with a confirmation page before it.

    Attributes:
        name: in the address, and in the permission ``<name>_<model>``.
        label: on the button.
        permission: ``<app>.<codename>``, where it is another one than that.
        further_permissions: what it takes besides, as ``<app>.<codename>``.
        takes_many: whether it is offered for what is ticked in the list.
        asks_first: whether there is something to fill in before it can be said what
            will happen.
        is_dangerous: whether it cannot be undone.
        is_local: whether all that it does is in the database, and then in one
            transaction with its entry in the history.
        picture_template: what shows ``picture``.
        instead: the name of an action that may help where this one is refused.
    """

    name: ClassVar[str]
    label: ClassVar[Promise]
    permission: ClassVar[str] = ""
    further_permissions: ClassVar[Sequence[str]] = ()
    takes_many: ClassVar[bool] = False
    asks_first: ClassVar[bool] = False
    is_dangerous: ClassVar[bool] = False
    is_local: ClassVar[bool] = False
    picture_template: ClassVar[str] = ""
    instead: ClassVar[str] = ""

    def form(
        self, admin: AnyModelAdmin[Row], request: HttpRequest, data: Any = None
    ) -> forms.Form:
        """Return what has to be filled in; by default nothing."""
        return forms.Form(data)

    def initial(self, row: Row) -> dict[str, Any]:
        """Return what the form of a single row begins with."""
        return {}

    def is_offered(self, row: Row) -> bool:
        """Say whether there is anything for this action to do to the row."""
        return True

    def effects(self, row: Row, choice: Choice) -> Iterable[object]:
        """Say what will happen, a sentence each. Nobody else's words are in them."""
        return []

    def obstacles(
        self, row: Row, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        """Say what stands in the way, a sentence each; none lets it be confirmed."""
        return []

    def require(self, row: Row, choice: Choice, request: HttpRequest) -> None:
        """Raise Refused if anything stands in the way now, page or no page."""
        if reasons := list(self.obstacles(row, choice, request)):
            raise Refused(reasons)

    def warnings(self, row: Row, choice: Choice) -> Iterable[object]:
        """Say what an operator should know before, a sentence each."""
        return []

    def picture(self, row: Row, choice: Choice, request: HttpRequest) -> Picture | None:
        """Return what ``picture_template`` shows, for more than a sentence can say."""
        return None

    @abstractmethod
    def act(self, row: Row, choice: Choice, request: HttpRequest) -> str:
        """Do it, and return what was done, for the operator and for the history.

        Raises Refused, and Tried where something has changed all the same.
        """

    def log(
        self, admin: AnyModelAdmin[Row], request: HttpRequest, row: Row, done: str
    ) -> None:
        """Make an entry in the history of whatever was changed."""
        admin.log_change(request, row, self.entry(done))

    def entry(self, done: str) -> str:
        """Return what the history is to say; of who is erased, it keeps the name."""
        return history.entry(self.name, done)
