"""Keep staff from taking over users through allauth's admin pages.

Support may well be allowed to edit social accounts. With the raw field for the user,
an attacker among them could hand their own TikTok account to a superuser, open the mini
app, and be one; or take a user's last way to log in, whose sessions would live on.

An app is worth as much: its ``provider_id`` says which accounts its logins lead to, a
second row with its client key brings a secret that webhooks may be signed with, and as
another kind of app it would send its own secret to wherever that is set up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.admin import AdminSite, display
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..linking.staff_rules import is_superuser
from ..login.foreign_providers import ONLY_SUPERUSERS, claims, is_tiktok_name
from ..models import Identity
from .base import AdminMixin, Fields, Mixin, ModelForm, ReadOnly, Row, mix_in
from .columns import FieldForViewer, identity_line, linked
from .permitted_rows import shown

OWNER = ("user", "provider", "uid")
# What an app, and in part an account, may have in common with TikTok's.
FIELDS = ("provider", "provider_id", "client_id")


class ProviderForm(ModelForm[Model]):
    """Takes no name or key of TikTok's that ``refused`` says."""

    refused: Callable[[SocialApp], Collection[str]]
    reason: Promise

    def clean(self) -> dict[str, object] | None:
        cleaned = super().clean()
        known = self.cleaned_data
        names = [name for name in FIELDS if name in self.fields]
        typed = {name: str(known.get(name) or "") for name in names}
        for name in typed.keys() & set(self.refused(SocialApp(**typed))):
            self.add_error(name, str(self.reason))
        return cleaned


class _RefusesTikTok(AdminMixin[Row]):
    """Its form refuses TikTok's names and keys, to all or to this operator."""

    refused: Callable[[HttpRequest, SocialApp], Collection[str]]
    reason: Promise

    def __init__(self, model: type[Row], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        # Inputs in a list ask for no row.
        editable = filter(self.may_edit_in_list, self.list_editable)
        self.list_editable = list(editable)  # type: ignore[misc]

    def may_edit_in_list(self, field: str) -> bool:
        """Return whether a list may have inputs for this field."""
        return False

    def get_form(
        self,
        request: HttpRequest,
        obj: Row | None = None,
        change: bool = False,
        **kwargs: object,
    ) -> type[ModelForm[Row]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if form.base_fields.keys().isdisjoint(FIELDS):
            return form
        # Asked for once something is sent. A plain partial would be taken for a method.
        refused = staticmethod(partial(self.refused, request))
        namespace = {"refused": refused, "reason": self.reason}
        return type(form.__name__, (ProviderForm, form), namespace)


class GuardedSocialAccountMixin(_RefusesTikTok[SocialAccount]):
    """For an admin of allauth's ``SocialAccount``: put it before the admin's class.

    An account with a TikTok identity is linked, unlinked and erased on the page of
    that identity, which asks who may, and what would become of the user.
    """

    Media = ReadOnly.Media
    reason = _("Accounts of this provider come by a login alone.")

    def may_edit_in_list(self, field: str) -> bool:
        """Refuse the columns that name the user."""
        return field not in OWNER

    def get_readonly_fields(
        self, request: HttpRequest, obj: SocialAccount | None = None
    ) -> Fields:
        """Add the user, and a link to where that is changed."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None or not (_identities([obj]) or is_tiktok_name(obj.provider)):
            return fields
        who = FieldForViewer(self.tiktok_identity, request)
        return [*fields, *(name for name in OWNER if name not in fields), who]

    @display(description=_("TikTok identity"))
    def tiktok_identity(
        self, request: HttpRequest, account: SocialAccount
    ) -> SafeString | str:
        found = shown(self.admin_site, request).filter(account=account)
        known = found.select_related("account__user").first()
        return identity_line(known, request, self.admin_site)

    def refused(self, request: HttpRequest, typed: SocialApp) -> Collection[str]:
        """Refuse TikTok's names: no other account becomes one of these by hand."""
        return ["provider"] if is_tiktok_name(typed.provider) else []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Protect accounts with an identity; a deleted user takes theirs along."""
        *found, protected = super().get_deleted_objects(objs, request)
        kept = [
            linked(str(_("TikTok identity %s")) % each, each, request, self.admin_site)
            for each in _identities(objs)
        ]
        return *found, [*protected, *kept]


class GuardedSocialAppMixin(_RefusesTikTok[SocialApp]):
    """For an admin of allauth's ``SocialApp``: put it before the admin's class.

    TikTok's apps are written by superusers; others who may see them still do.
    """

    reason = ONLY_SUPERUSERS

    def has_change_permission(
        self, request: HttpRequest, obj: SocialApp | None = None
    ) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and _may_write(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: SocialApp | None = None
    ) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and _may_write(request, obj)

    def refused(self, request: HttpRequest, typed: SocialApp) -> Collection[str]:
        """Refuse what is TikTok's unless the operator is a superuser."""
        return () if is_superuser(request.user) else claims(typed)


MIXINS: dict[type[Model], Mixin] = {
    SocialAccount: GuardedSocialAccountMixin,
    SocialApp: GuardedSocialAppMixin,
}


def guard(site: AdminSite) -> None:
    """Mix the mixins into whatever the site has for allauth's two models."""
    mix_in(site, MIXINS, "Guarded")


def _may_write(request: HttpRequest, app: SocialApp | None) -> bool:
    return app is None or is_superuser(request.user) or not claims(app)


def _identities(accounts: Iterable[SocialAccount]) -> Iterable[Identity]:
    return Identity.objects.with_user().filter(account__in=accounts).order_by("pk")
