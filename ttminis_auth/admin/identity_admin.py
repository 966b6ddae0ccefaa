"""The list of people whom TikTok let in, and the page of one of them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..flows.operators import user_name
from ..models import Grant, Identity
from .action_pages import ActionsMixin
from .base import ModelAdmin, ReadOnly, ReadOnlyPages, TabularInline
from .columns import (
    TOKENS,
    Columns,
    display_name,
    health_badge,
    living_grants,
    media,
    scope_list,
)
from .dates import ProbedDates
from .find_identities import AppFilter, HealthFilter, ScopeFilter, StateFilter
from .identity_search import search
from .large_tables import BoundedPages, bound
from .link_actions import Link, Merge, Unlink
from .token_actions import EndSessions, Erase, FetchProfile, RefreshTokens, Revoke


class GrantInline(ReadOnly, TabularInline):
    """What somebody lets us do; the tokens stay in the database."""

    model = Grant
    extra = 0
    can_delete = False
    verbose_name_plural = _("grants")
    fields = readonly_fields = (
        "scope_list",
        "health",
        "issued_at",
        "access_expires_at",
        "refresh_expires_at",
        "dead_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """Judge the tokens without reading them, the newest first."""
        grants: Any = super().get_queryset(request)
        return grants.with_health().defer(*TOKENS).order_by("-issued_at")  # type: ignore[no-any-return]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see the person's page: it is what the page is made of."""
        return True

    @display(description=_("scopes"))
    def scope_list(self, grant: Grant) -> Any:
        """Show one scope below the other."""
        return scope_list(grant.scope_list)

    @display(description=_("health"))
    def health(self, grant: Any) -> Any:
        """Show the health in words and colour."""
        return health_badge(grant.health_now)


class IdentityAdmin(
    BoundedPages, ProbedDates, ReadOnlyPages, ActionsMixin[Identity], ModelAdmin
):
    """To find people and see how they are doing; nothing can be typed in."""

    row_actions = (
        Link(),
        Unlink(),
        Merge(),
        RefreshTokens(),
        FetchProfile(),
        EndSessions(),
        Revoke(),
        Erase(),
    )
    list_filter = (AppFilter, StateFilter, HealthFilter, ScopeFilter)
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    # No index would serve the order of anything that is shown.
    sortable_by = ()
    # For the box to appear: what it finds is decided in ``searching``.
    search_fields = ("open_id",)
    search_help_text = _(
        "A whole open ID, union ID, e-mail address or user key; the beginning of a "
        "username or a display name; or words in a display name, if nothing else fits."
    )
    inlines = (GrantInline,)

    @property
    def media(self) -> Media:
        """Add what the columns look like."""
        return super().media + media()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Identity]:
        """Fetch people and users, and judge the tokens without reading them."""
        identities: Any = super().get_queryset(request)
        return identities.with_user().with_health()  # type: ignore[no-any-return]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Fetch the grants of the people on the page."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = changelist.result_list.prefetch_related(
            living_grants()
        )
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find people by anything they have; see ``search_help_text``."""
        # One more than are counted, so that the count can tell that there are more.
        limit = bound(request, self.list_per_page) + 1
        return search(queryset, search_term, limit), False

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns as this viewer may see them."""
        columns = Columns(request, self.admin_site)
        return [
            columns.avatar,
            columns.display_name,
            columns.user,
            columns.app,
            columns.health,
            columns.state,
            columns.scopes,
            columns.open_id,
            columns.union_id,
            columns.last_login,
        ]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Make picture and name the way to the person's page."""
        return list_display[:2]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return who they are, what TikTok calls them, and what happened when."""
        columns = Columns(request, self.admin_site)
        ids = [columns.app, columns.whole_open_id, columns.whole_union_id]
        state = [columns.state, columns.removed_because, "removed_at", columns.health]
        times = [columns.last_login, "created_at", "profile_fetched_at"]
        fieldsets = [
            (None, {"fields": [columns.avatar, columns.display_name, columns.user]}),
            (_("At TikTok"), {"fields": [*ids, *state]}),
            (_("Dates"), {"fields": times}),
        ]
        return self.with_buttons(request, obj, fieldsets)

    def title_of(self, row: Identity) -> str:
        """Return name, user and open ID, so that nobody confirms the wrong one."""
        account = row.account
        names = filter(None, [display_name(account), user_name(account.user)])
        # Isolated: next to a name in Arabic, an open ID's first dash would move.
        return format_html('{}: <bdi dir="ltr">{}</bdi>', ", ".join(names), row)
