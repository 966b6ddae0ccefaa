"""The list of TikTok identities, and the page of one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import display
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import display_for_value
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..conf import conf
from ..linking.staff_rules import user_name
from ..models import Grant, Identity
from ..models.identity import TOKENS
from . import columns
from .action_pages import ActionsAdmin
from .base import AdminMixin, Fields, ReadOnly, TabularInline
from .columns import EMPTY, FieldForViewer
from .find_identities import AppFilter, HealthFilter, ScopeFilter, search
from .large_tables import MOST_FOUND
from .link_actions import Link, Merge, Unlink
from .overview import REASONS
from .token_actions import TOKEN_ACTIONS


class GrantInline(ReadOnly, TabularInline[Grant, Identity]):
    """What the user lets the app do; the tokens stay in the database."""

    model = Grant
    extra = 0
    can_delete = False
    verbose_name_plural = gettext_lazy("grants")
    expiries = "access_expires_at", "refresh_expires_at"
    fields = readonly_fields = "scope_list", "health", "issued_at", *expiries, "dead_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        grants: Any = super().get_queryset(request)
        return grants.with_health().defer(*TOKENS).order_by("-issued_at")  # type: ignore[no-any-return]

    def has_view_permission(self, *args: object, **kwargs: object) -> bool:
        # It is part of the identity's page.
        return True

    @display(description=gettext_lazy("scopes"))
    def scope_list(self, grant: Grant) -> SafeString | str:
        return columns.scope_list(grant.scope_list)

    @display(description=gettext_lazy("health"))
    def health(self, grant: Any) -> SafeString:
        return columns.health_badge(grant.health_now)


class IdentityAdmin(ActionsAdmin[Identity]):
    """Find identities and see how they are doing; nothing can be typed in."""

    row_actions = (Link, Unlink, Merge, *TOKEN_ACTIONS)
    list_filter = (AppFilter, "state", HealthFilter, ScopeFilter, "created_at")
    list_display_links = ("avatar", "display_name")
    ordering = ("-pk",)
    # For the box to appear: what it finds is decided in ``search``.
    search_fields = ("open_id",)
    search_help_text = gettext_lazy(
        "A whole open ID, union ID, e-mail address or user key; the beginning of a "
        "username or a display name; or words in a display name, if nothing else fits."
    )
    inlines = (GrantInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Identity]:
        """Fetch accounts and users, and judge the tokens without reading them."""
        identities: Any = super().get_queryset(request)
        return identities.with_user().with_health()  # type: ignore[no-any-return]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Fetch the grants of the identities on the page, without their tokens."""
        changelist = super().get_changelist_instance(request)
        active = Grant.objects.active().defer(*TOKENS)
        found = Prefetch("grants", active)
        changelist.result_list = changelist.result_list.prefetch_related(found)
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Identity], search_term: str
    ) -> tuple[QuerySet[Identity], bool]:
        """Find identities by anything they have; see ``search_help_text``."""
        # One more than a list shows, so that it can tell that there are more.
        return search(queryset, search_term, MOST_FOUND + 1), False

    def get_list_display(self, request: HttpRequest) -> Fields:
        user = FieldForViewer(self.user, request)
        who = ["avatar", "display_name", user, _app_column()]
        how = [self.health, self.state, self.scopes]
        return [*who, *how, self.open_id, self.union_id, self.last_login]

    def get_fieldsets(
        self, request: HttpRequest, obj: Identity | None = None
    ) -> Fields:
        user = FieldForViewer(self.user, request)
        ids = [_app_column(), self.open_id, self.union_id]
        state = [self.state, self.removed_because, "removed_at", self.health]
        times = [self.last_login, "created_at", "profile_fetched_at"]
        fieldsets = [
            (None, {"fields": [self.avatar, self.display_name, user]}),
            (_("At TikTok"), {"fields": [*ids, *state]}),
            (_("Dates"), {"fields": times}),
        ]
        return self.with_buttons(request, obj, fieldsets)

    @display(description=gettext_lazy("open ID"))
    def open_id(self, identity: Identity) -> SafeString | str:
        return columns.copyable(identity.open_id)

    @display(description=gettext_lazy("union ID"))
    def union_id(self, identity: Identity) -> SafeString | str:
        return columns.copyable(identity.union_id)

    @display(description=gettext_lazy("state"))
    def state(self, identity: Identity) -> SafeString:
        return columns.badge(identity.state, identity.get_state_display())

    @display(description=gettext_lazy("token health"))
    def health(self, identity: Any) -> SafeString:
        return columns.health_badge(identity.health_now)

    @display(description=gettext_lazy("last login"))
    def last_login(self, identity: Identity) -> str:
        return display_for_value(identity.vouched_at, EMPTY)

    @display(description=gettext_lazy("avatar"))
    def avatar(self, identity: Identity) -> SafeString:
        return columns.avatar(identity.account)

    @display(description=gettext_lazy("display name"))
    def display_name(self, identity: Identity) -> str:
        return columns.display_name(identity.account) or EMPTY

    @display(description=gettext_lazy("person"))
    def person(self, request: HttpRequest, identity: Identity) -> SafeString | str:
        return columns.identity_line(identity, request, self.admin_site)

    @display(description=gettext_lazy("user"))
    def user(self, request: HttpRequest, identity: Identity) -> SafeString | str:
        user = identity.account.user
        return columns.linked(user_name(user), user, request, self.admin_site)

    @display(description=gettext_lazy("scopes"))
    def scopes(self, identity: Identity) -> SafeString | str:
        granted = (grant.scope_list for grant in identity.grants.all())
        return columns.scope_list(
            sorted({scope for scopes in granted for scope in scopes})
        )

    @display(description=gettext_lazy("removed because"))
    def removed_because(self, identity: Identity) -> str:
        reason = identity.removed_reason
        if reason is None:
            return EMPTY
        return str(REASONS.get(reason, _("reason %(number)s") % {"number": reason}))

    def title_of(self, row: Identity) -> str:
        """Return name, user and open ID, so that no operator confirms the wrong one."""
        account = row.account
        names = filter(None, [columns.display_name(account), user_name(account.user)])
        # Isolated: next to a name in Arabic, an open ID's first dash would move.
        return format_html('{}: <bdi dir="ltr">{}</bdi>', ", ".join(names), row)


def _app_column() -> Callable[[Identity], str]:
    """Return the column of the apps' names, which are looked up once for a page."""
    names = columns.app_names()

    @display(description=gettext_lazy("app"))
    def app(identity: Identity) -> str:
        return names.get(identity.client_key, identity.client_key)

    return app


@dataclass(frozen=True)
class _OfIdentity:
    """A column of the identities' admin, for an account that leads to one."""

    column: Callable[[Identity], str]

    @property
    def __name__(self) -> str:
        return self.column.__name__

    @property
    def short_description(self) -> object:
        return self.column.short_description  # type: ignore[attr-defined]

    def __call__(self, account: SocialAccount) -> str:
        return self.column(account.ttminis_identity)


class TikTokIdentityInline(ReadOnly, TabularInline[SocialAccount, User]):
    """The user's TikTok identities, by allauth's table, which has the user."""

    model = SocialAccount
    fk_name = "user"
    verbose_name = gettext_lazy("TikTok identity")
    verbose_name_plural = gettext_lazy("TikTok identities")
    extra = 0
    can_delete = False

    def has_view_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        if not self.admin_site.is_registered(Identity):
            return False
        return _identities(self.admin_site).has_view_permission(request)

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        # Who may delete accounts would otherwise see the identities, too.
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SocialAccount]:
        """Return the accounts whose identities the project's admin shows."""
        visible = _identities(self.admin_site).get_queryset(request).values("pk")
        accounts = super().get_queryset(request).filter(ttminis_identity__in=visible)
        found = Prefetch("ttminis_identity", Identity.objects.with_health())
        return accounts.select_related("user").prefetch_related(found)

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> Fields:
        admin = _identities(self.admin_site)
        shown: list[Callable[[Identity], str]] = [
            FieldForViewer(admin.person, request),
            *(admin.open_id, admin.union_id, admin.state, admin.health),
            admin.last_login,
            FieldForViewer(admin.buttons, request),
        ]
        return [_OfIdentity(column) for column in shown]

    get_fields = get_readonly_fields


class TikTokUserAdminMixin(AdminMixin[User]):
    """For your own user admin: put it before ``UserAdmin`` or ``ModelAdmin``."""

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Fields:
        inlines = super().get_inlines(request, obj)
        return [*inlines, TikTokIdentityInline] if obj else inlines


def show_identities(site: AdminSite) -> None:
    """Add the identities to Django's own user admin, if the settings say so."""
    model = get_user_model()
    if not conf.TTMINIS_ADMIN_USER_INLINE or not site.is_registered(model):
        return
    if type(site.get_model_admin(model)) is UserAdmin:
        site.unregister(model)
        site.register(model, type("UserAdmin", (TikTokUserAdminMixin, UserAdmin), {}))


def _identities(site: AdminSite) -> IdentityAdmin:
    admin: Any = site.get_model_admin(Identity)
    return admin  # type: ignore[no-any-return]
