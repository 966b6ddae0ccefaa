"""The queue of linking conflicts, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from django import forms
from django.contrib.admin import display
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..linking import conflicts
from ..linking.staff_rules import user_name
from ..models import Identity, LinkingConflict
from .action_pages import ActionsAdmin
from .base import Fields
from .columns import FieldForViewer, copyable, identity_line
from .find_identities import MOST_APPS, ChoiceFilter, Lookups
from .large_tables import MOST_FOUND
from .link_actions import Merge
from .merge_action import MergeAction, has_more, who_stays
from .object_actions import ObjectAction
from .permitted_rows import reasons_against, shown

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices

Conflicts: TypeAlias = QuerySet[LinkingConflict]
State = LinkingConflict.State


class Resolution(ObjectAction[LinkingConflict]):
    """One of the ways to settle a conflict."""

    permissions: ClassVar[Sequence[str]] = ("ttminis_auth.resolve_linkingconflict",)
    is_local = True

    @classmethod
    def is_offered(cls, row: LinkingConflict) -> bool:
        return row.state == State.OPEN

    def obstacles(self, row: LinkingConflict) -> Iterable[str]:
        if row.state != State.OPEN:
            yield _("It is settled: %(state)s.") % {"state": row.get_state_display()}


class MergeThem(Resolution, MergeAction[LinkingConflict]):
    """Make one user of the two; ``seen`` are the keys of both."""

    name = "merge"
    label = gettext_lazy("Merge")
    permissions = (*Resolution.permissions, *Merge.permissions)
    seen = forms.CharField(widget=forms.HiddenInput)
    keep = who_stays(
        ("older", gettext_lazy("the older user")),
        ("younger", gettext_lazy("the younger user")),
    )

    def initial_for(self, row: LinkingConflict) -> dict[str, object]:
        """Choose the older user to stay, unless only the younger has more to lose."""
        older, younger = _users(row)
        keep = "younger" if has_more(younger) and not has_more(older) else "older"
        return {"seen": f"{older.pk} {younger.pk}", "keep": keep}

    def obstacles(self, row: LinkingConflict) -> Iterable[str]:
        yield from super().obstacles(row)
        # A project that forbids merges forbids this one, too.
        yield from reasons_against(self, Merge, *_users(row))

    def pair(self, row: LinkingConflict) -> tuple[User, User]:
        older, younger = _users(row)
        return (younger, older) if self.choice["keep"] == "older" else (older, younger)

    def merge(self, row: LinkingConflict, goes: User, stays: User) -> list[str]:
        return conflicts.settle_by_merge(
            row,
            by=self.request.user,
            keep=self.choice["keep"],
            expected_user_pks=self.choice["seen"].split(),
            require=lambda *users: self.require(row),
        )


class KeepApart(Resolution):
    """Remember that these are two people."""

    name = "keep_apart"
    label = gettext_lazy("Keep apart")
    takes_many = True

    def effects(self, row: LinkingConflict) -> Iterable[str]:
        yield _("Both users stay as they are, and are never merged by themselves.")

    def act(self, row: LinkingConflict) -> str:
        conflicts.keep_apart(row)
        return _("Kept apart.")


class Dismiss(Resolution):
    """Take the conflict out of the queue, and decide nothing."""

    name = "dismiss"
    label = gettext_lazy("Dismiss")
    takes_many = True

    def effects(self, row: LinkingConflict) -> Iterable[str]:
        yield _("Nothing is decided, and the two are not reported again.")

    def act(self, row: LinkingConflict) -> str:
        conflicts.dismiss(row)
        return _("Dismissed.")


def _users(conflict: LinkingConflict) -> tuple[User, User]:
    return conflict.older.account.user, conflict.younger.account.user


class StateFilter(ChoiceFilter[LinkingConflict]):
    """Show what is open, unless asked for more."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def value(self) -> str:
        return super().value() or State.OPEN.value

    def lookups(self, request: HttpRequest, model_admin: object) -> Lookups:
        return [("all", _("All")), *State.choices]

    def narrow(self, queryset: Conflicts, value: str) -> Conflicts:
        return queryset if value == "all" else queryset.filter(state=value)

    def choices(self, changelist: ChangeList) -> Iterator[_ListFilterChoices]:
        # Without Django's "All": here, nothing chosen means open.
        return islice(super().choices(changelist), 1, None)


class LinkingConflictAdmin(ActionsAdmin[LinkingConflict]):
    """Which users, why, since when, and three ways to settle it."""

    row_actions = (MergeThem, KeepApart, Dismiss)
    list_filter = (StateFilter, "reason")
    # In the order in which they were found.
    ordering = ("id",)
    # For the box to appear: what it finds is decided in ``get_search_results``.
    search_fields = ("union_id",)
    search_help_text = gettext_lazy("Whole union ID or open ID.")
    readonly_fields = ("union",)

    def get_queryset(self, request: HttpRequest) -> Conflicts:
        """Fetch both users, which every page of a conflict names.

        Conflicts of identities that the site's admin hides are hidden with them.
        """
        users = "older__account__user", "younger__account__user"
        found = super().get_queryset(request).select_related(*users)
        visible = shown(self.admin_site, request)
        # Where no user is hidden, a long queue costs no look at the identities.
        if not visible.query.has_filters():
            return found
        keys = visible.values("pk")
        return found.filter(older__in=keys, younger__in=keys)

    def get_search_results(
        self, request: HttpRequest, queryset: Conflicts, search_term: str
    ) -> tuple[Conflicts, bool]:
        """Find conflicts by a whole ID of either identity, each by its own index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        # As many as there are apps, for which TikTok might use the same one.
        with_id = Identity.objects.filter(open_id=term).values_list("pk", flat=True)
        known = list(with_id[:MOST_APPS])
        ways = {"union_id": term}, {"older__in": known}, {"younger__in": known}
        # One more than a list shows, so that it can tell that there are more.
        most = MOST_FOUND + 1
        found = (queryset.filter(**way).values_list("pk", flat=True) for way in ways)
        return queryset.filter(pk__in={pk for pks in found for pk in pks[:most]}), False

    def title_of(self, row: LinkingConflict) -> str:
        return " / ".join(map(user_name, _users(row)))

    def get_list_display(self, request: HttpRequest) -> Fields:
        return ["found_at", *self._both(request), "reason", "state", "resolved_at"]

    def get_fields(
        self, request: HttpRequest, obj: LinkingConflict | None = None
    ) -> Fields:
        when = ["found_at", "state", "resolved_at"]
        return [*self._both(request), "union", "reason", "detail", *when]

    def _both(self, request: HttpRequest) -> list[FieldForViewer[LinkingConflict]]:
        return [FieldForViewer(each, request) for each in (self.older, self.younger)]

    @display(description=gettext_lazy("older"))
    def older(self, request: HttpRequest, row: LinkingConflict) -> SafeString | str:
        return identity_line(row.older, request, self.admin_site)

    @display(description=gettext_lazy("younger"))
    def younger(self, request: HttpRequest, row: LinkingConflict) -> SafeString | str:
        return identity_line(row.younger, request, self.admin_site)

    @display(description=gettext_lazy("union ID"))
    def union(self, conflict: LinkingConflict) -> SafeString | str:
        return copyable(conflict.union_id)
