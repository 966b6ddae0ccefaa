"""Two users whom TikTok calls one person: a queue, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter, display
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..flows import conflicts
from ..flows.operators import user_name
from ..models import Identity, LinkingConflict
from . import merge_action
from .action_pages import ActionsMixin
from .base import ModelAdmin, ReadOnlyPages
from .columns import copyable, media
from .find_identities import MOST_APPS
from .large_tables import BoundedPages, bound
from .link_actions import Merge, Plan, ReachForm, merged_text, refusing
from .object_actions import Action, Choice, Refused
from .permitted_rows import Reach, hides_some, shown
from .person_field import Person

State = LinkingConflict.State


class Resolution(Action[LinkingConflict]):
    """One of the ways out."""

    permission = "ttminis_auth.resolve_linkingconflict"
    is_local = True

    def is_offered(self, row: LinkingConflict) -> bool:
        return row.state == State.OPEN

    def obstacles(
        self, row: LinkingConflict, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        if row.state != State.OPEN:
            yield _("It is settled: %(state)s.") % {"state": row.get_state_display()}


class WhoStaysForm(ReachForm):
    """Which of the two is to stay; ``seen`` are the keys of both."""

    keep = forms.ChoiceField(
        label=gettext_lazy("Who stays"),
        widget=forms.RadioSelect,
        initial="older",
        choices=[
            ("older", gettext_lazy("the older user")),
            ("younger", gettext_lazy("the younger user")),
        ],
    )


class MergeThem(Resolution):
    """They are one person, and shall be one user."""

    name = "merge"
    label = gettext_lazy("Merge")
    further_permissions = ("ttminis_auth.merge_identity",)
    asks_first = True
    is_dangerous = True
    picture_template = "ttminis_auth/admin/_plan.html"

    def form(self, admin: Any, request: HttpRequest, data: Any = None) -> forms.Form:
        # Whatever leads to it, a merge is one to whoever has forbidden that.
        return WhoStaysForm(Reach(admin.admin_site, request, Merge()), data)

    def initial(self, row: LinkingConflict) -> dict[str, Any]:
        older, younger = _pair(row, "younger")
        # Whoever can also log in without TikTok has more to lose.
        keep = (
            "younger"
            if merge_action.has_more(younger) and not merge_action.has_more(older)
            else "older"
        )
        return {"seen": f"{older.pk} {younger.pk}", "keep": keep}

    def obstacles(
        self, row: LinkingConflict, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        yield from super().obstacles(row, choice, request)
        yield from choice["reach"].reasons_against(*_pair(row, "younger"))

    def warnings(self, row: LinkingConflict, choice: Choice) -> Iterable[object]:
        return merge_action.warnings(*_pair(row, choice["keep"]))

    def picture(
        self, row: LinkingConflict, choice: Choice, request: HttpRequest
    ) -> Plan:
        return Plan(*_pair(row, choice["keep"]), request)

    def act(self, row: LinkingConflict, choice: Choice, request: HttpRequest) -> str:
        goes, stays = map(user_name, _pair(row, choice["keep"]))
        with refusing(), _not_again():
            left = conflicts.settle_by_merge(
                row,
                by=request.user,
                keep=choice["keep"],
                expected_user_pks=choice["seen"].split(),
                require=choice["reach"].require,
            )
        return merged_text(goes, stays, left)


class KeepApart(Resolution):
    """They are to stay two, for good."""

    name = "keep_apart"
    label = gettext_lazy("Keep apart")
    takes_many = True

    def effects(self, row: LinkingConflict, choice: Choice) -> Iterable[object]:
        yield _("Both users stay as they are, and are never merged by themselves.")

    def act(self, row: LinkingConflict, choice: Choice, request: HttpRequest) -> str:
        with _not_again():
            conflicts.keep_apart(row)
        return _("Kept apart.")


class Dismiss(Resolution):
    """Not worth a decision."""

    name = "dismiss"
    label = gettext_lazy("Dismiss")
    takes_many = True

    def effects(self, row: LinkingConflict, choice: Choice) -> Iterable[object]:
        yield _("Nothing is decided, and the two are not reported again.")

    def act(self, row: LinkingConflict, choice: Choice, request: HttpRequest) -> str:
        with _not_again():
            conflicts.dismiss(row)
        return _("Dismissed.")


@contextmanager
def _not_again() -> Iterator[None]:
    try:
        yield
    except conflicts.AlreadySettled:
        raise Refused([_("Somebody else has settled it meanwhile.")]) from None


def _pair(conflict: LinkingConflict, keep: str) -> tuple[Any, Any]:
    """Return who goes, and who stays."""
    older, younger = conflict.older.account.user, conflict.younger.account.user
    return (younger, older) if keep == "older" else (older, younger)


def _older(conflict: LinkingConflict) -> Identity:
    return conflict.older


def _younger(conflict: LinkingConflict) -> Identity:
    return conflict.younger


def _people_by_open_id(open_id: str) -> list[Any]:
    # As many as there are apps, for which TikTok might use the same one.
    found = Identity.objects.filter(open_id=open_id)
    return list(found.values_list("pk", flat=True)[:MOST_APPS])


class StateFilter(SimpleListFilter):
    """Shows what is open, unless asked for more."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("all", _("All")), *State.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = self.value() or State.OPEN
        if wanted not in dict(self.lookup_choices):
            raise IncorrectLookupParameters
        return queryset if wanted == "all" else queryset.filter(state=wanted)

    def choices(self, changelist: Any) -> Any:
        """Leave out Django's "All": here, nothing chosen means open."""
        chosen = self.value() or State.OPEN
        for value, label in self.lookup_choices:
            yield {
                "selected": value == chosen,
                "query_string": changelist.get_query_string({"state": value}),
                "display": label,
            }


class LinkingConflictAdmin(
    BoundedPages, ReadOnlyPages, ActionsMixin[LinkingConflict], ModelAdmin
):
    """Who, why, since when, and three ways out.

    Where nothing is merged by itself, each person with two users is one more.
    """

    row_actions = (MergeThem(), KeepApart(), Dismiss())
    list_filter = (
        StateFilter,
        "reason",
    )
    # They come in the order in which they were found.
    ordering = ("id",)
    # No index would serve the order of anything that is shown.
    sortable_by = ()
    # For the box to appear: what it finds is decided in ``get_search_results``.
    search_fields = ("union_id",)
    search_help_text = gettext_lazy("Whole union ID or open ID.")
    readonly_fields = ("union",)

    @property
    def media(self) -> forms.Media:
        """Add what the columns look like."""
        return super().media + media()

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkingConflict]:
        """Fetch both users, whom every page of a conflict names.

        Conflicts of whom the site's admin of identities hides are hidden with them.
        """
        users = "older__account__user", "younger__account__user"
        found = super().get_queryset(request).select_related(*users)
        # Where nobody is hidden, a long queue costs no look at the people.
        if not hides_some(self.admin_site, request):
            return found
        people = shown(self.admin_site, request).values("pk")
        return found.filter(older__in=people, younger__in=people)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find conflicts by a whole ID of either person, each way by its own index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        # One more than are counted, so that the count can tell that there are more.
        limit = bound(request, self.list_per_page) + 1
        people = _people_by_open_id(term)
        ways = {"union_id": term}, {"older__in": people}, {"younger__in": people}
        pks = {
            pk
            for way in ways
            for pk in queryset.filter(**way).values_list("pk", flat=True)[:limit]
        }
        return queryset.filter(pk__in=pks), False

    def title_of(self, row: LinkingConflict) -> str:
        """Return the users: they are what somebody decides about."""
        return " / ".join(user_name(user) for user in _pair(row, "younger"))

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return who, why and since when, with links for whoever may follow them."""
        return ["found_at", *self._people(request), "reason", "state", "resolved_at"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return all there is to know."""
        why = ["union", "reason", "detail"]
        when = ["found_at", "state", "resolved_at"]
        return [*self._people(request), *why, *when]

    def _people(self, request: HttpRequest) -> list[Person]:
        return [
            Person(self.admin_site, request, _older, gettext_lazy("older")),
            Person(self.admin_site, request, _younger, gettext_lazy("younger")),
        ]

    @display(description=gettext_lazy("union ID"))
    def union(self, conflict: LinkingConflict) -> SafeString | str:
        return copyable(conflict.union_id)
