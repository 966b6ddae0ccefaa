"""allauth's pages of social accounts and apps lead nobody into another's place.

Support may well be allowed to edit social accounts. With the raw field for the user,
somebody could hand their own TikTok account to a superuser, open the mini app, and be
one; or take the last way to log in from a person, whose sessions would live on.

An app is worth as much: its ``provider_id`` says which accounts its logins lead to, a
second row with its client key brings a secret that webhooks may be signed with, and as
another kind of app it would send its own secret to wherever that is set up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from allauth.socialaccount.models import SocialAccount, SocialApp
from django import forms
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.forms import Media
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..flows.claims import ONLY_SUPERUSERS, claims, is_tiktok_name
from ..flows.operators import is_superuser
from ..models import Identity
from .columns import media
from .extend_registered import mix_in
from .links import linked
from .permitted_rows import shown
from .person_field import Person

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Admin = ModelAdmin[Any]
    _Form = forms.ModelForm[Any]
else:
    _Admin = object
    _Form = forms.ModelForm

WHOSE = ("user", "provider", "uid")
# What an app, and in part an account, may have in common with TikTok's.
FIELDS = ("provider", "provider_id", "client_id")


class ProviderForm(_Form):
    """Takes nothing of TikTok's that ``_RefusesTikTok`` refuses."""

    refused: Callable[[SocialApp], Collection[str]]
    reason: Any

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        typed = {name: self._typed(name) for name in FIELDS if name in self.fields}
        for name in typed.keys() & set(self.refused(SocialApp(**typed))):
            self.add_error(name, self.reason)
        return cleaned

    def _typed(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")


class _RefusesTikTok(_Admin):
    """Its form refuses TikTok's names and keys, to everybody or to this operator."""

    refused: Callable[[HttpRequest, SocialApp], Collection[str]]
    reason: Any

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the form, which says so."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if form.base_fields.keys().isdisjoint(FIELDS):
            return form
        # Asked for once something is sent. A plain partial would be taken for a method.
        refused = staticmethod(partial(self.refused, request))
        namespace = {"refused": refused, "reason": self.reason}
        return type(form.__name__, (ProviderForm, form), namespace)


class GuardedSocialAccountMixin(_RefusesTikTok):
    """For an admin of allauth's ``SocialAccount``: put it before the admin's class.

    An account with a TikTok identity is linked, unlinked and erased on the page of
    that identity, which asks who may, and what would become of the person.
    """

    reason = _("Accounts of this provider come by a login alone.")

    def __init__(self, model: type[SocialAccount], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        # Inputs in a list know no rows that are read only.
        editable = [name for name in self.list_editable if name not in WHOSE]
        self.list_editable = editable  # type: ignore[misc]

    @property
    def media(self) -> Media:
        """Add what the person's line looks like."""
        return super().media + media()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add whose it is, and where that is changed."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None or not (_identities([obj]) or is_tiktok_name(obj.provider)):
            return fields
        known = _Known(self.admin_site, request)
        who = Person(self.admin_site, request, known, _("TikTok identity"))
        return [*fields, *(name for name in WHOSE if name not in fields), who]

    def refused(self, request: HttpRequest, typed: SocialApp) -> Collection[str]:
        """Refuse TikTok's names: no other account becomes one of these by hand."""
        return ["provider"] if is_tiktok_name(typed.provider) else []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Protect accounts with an identity; a user takes theirs along as ever."""
        *found, protected = super().get_deleted_objects(objs, request)
        kept = [
            linked(str(_("TikTok identity %s")) % each, each, request, self.admin_site)
            for each in _identities(objs)
        ]
        return *found, [*protected, *kept]


class GuardedSocialAppMixin(_RefusesTikTok):
    """For an admin of allauth's ``SocialApp``: put it before the admin's class.

    TikTok's apps are written by superusers; others who may see them still do.
    """

    reason = ONLY_SUPERUSERS

    def __init__(self, model: type[SocialApp], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        # Inputs in a list ask for no row.
        self.list_editable = ()  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and _may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and _may_write(request, obj)

    def refused(self, request: HttpRequest, typed: SocialApp) -> Collection[str]:
        """Refuse what is TikTok's to everybody but superusers."""
        return () if is_superuser(request.user) else claims(typed)


MIXINS: dict[type[Model], type[Any]] = {
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


@dataclass(frozen=True)
class _Known:
    """Finds the identity of an account, if the operator is shown it.

    Of two in one request, Django has to find that they are the same field.
    """

    site: AdminSite
    request: HttpRequest

    def __call__(self, account: SocialAccount) -> Identity | None:
        found = shown(self.site, self.request).filter(account=account)
        return found.select_related("account__user").first()
