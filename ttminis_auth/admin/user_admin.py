"""The TikTok identities of a user, on the page of the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import display
from django.contrib.admin.sites import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.db.models import Prefetch, QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from ..conf import conf
from ..models import Identity
from .base import ReadOnly, TabularInline
from .buttons import Buttons
from .columns import copyable, health_badge, media, moment, state_badge
from .permissions import PermittedActions
from .person_field import Person

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _UserAdmin = ModelAdmin[Any]
else:
    _UserAdmin = object


class TikTokIdentityInline(ReadOnly, TabularInline):
    """Each row is one of the user's TikTok identities, with what can be done to it.

    The table behind it is allauth's, whose rows say which user they are of.
    """

    model = SocialAccount
    fk_name = "user"
    verbose_name = gettext_lazy("TikTok identity")
    verbose_name_plural = gettext_lazy("TikTok identities")
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "open_id",
        "union_id",
        "state",
        "health",
        "seen",
    )

    @property
    def media(self) -> Media:
        """Add what the columns and the buttons look like."""
        actions = Media(css={"all": ["ttminis_auth/ttminis-actions.css"]})
        return super().media + media() + actions

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may view identities; allauth's table has nothing to say here."""
        if not self.admin_site.is_registered(Identity):
            return False
        return _identities(self.admin_site).has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, from here."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SocialAccount]:
        identities = Identity.objects.with_health()
        # Whom the project hides in the list of identities is hidden here, too.
        seen = _identities(self.admin_site).get_queryset(request).values("pk")
        accounts = super().get_queryset(request).filter(ttminis_identity__in=seen)
        return accounts.select_related("user").prefetch_related(
            Prefetch("ttminis_identity", identities)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        site = self.admin_site
        who = Person(site, request, _identity_of, gettext_lazy("person"))
        return [who, *self.fields, Buttons(_identities(site), request, _identity_of)]

    @display(description=gettext_lazy("open ID"))
    def open_id(self, account: SocialAccount) -> SafeString | str:
        return copyable(_identity_of(account).open_id)

    @display(description=gettext_lazy("union ID"))
    def union_id(self, account: SocialAccount) -> SafeString | str:
        return copyable(_identity_of(account).union_id)

    @display(description=gettext_lazy("state"))
    def state(self, account: SocialAccount) -> SafeString:
        return state_badge(_identity_of(account))

    @display(description=gettext_lazy("tokens"))
    def health(self, account: SocialAccount) -> SafeString:
        return health_badge(_identity_of(account).health_now)

    @display(description=gettext_lazy("last login"))
    def seen(self, account: SocialAccount) -> str:
        return moment(_identity_of(account).vouched_at)


class TikTokUserAdminMixin(_UserAdmin):
    """For your own user admin: put it before ``UserAdmin`` or ``ModelAdmin``."""

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Add the identities, to a user who is there."""
        inlines = super().get_inlines(request, obj)
        return [*inlines, TikTokIdentityInline] if obj else inlines


def show_identities(site: AdminSite) -> None:
    """Add the identities to Django's own user admin; a project's stays as it is.

    Unless the settings say otherwise.
    """
    model = get_user_model()
    if not conf.TTMINIS_ADMIN_USER_INLINE:
        return
    if site.is_registered(model) and type(site.get_model_admin(model)) is UserAdmin:
        site.unregister(model)
        site.register(model, type("UserAdmin", (TikTokUserAdminMixin, UserAdmin), {}))


def _identities(site: AdminSite) -> PermittedActions[Any]:
    admin: Any = site.get_model_admin(Identity)
    return admin  # type: ignore[no-any-return]


def _identity_of(account: SocialAccount) -> Any:
    return account.ttminis_identity
