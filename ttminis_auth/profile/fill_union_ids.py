"""Fetch the ``union_id`` of users from before the site asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from allauth.socialaccount.models import SocialApp, SocialToken
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..core import upstream
from ..core.batches import flat
from ..core.client_apps import TIKTOK, tiktok_apps
from ..core.identities import ensure_identity
from ..models import Grant, Identity
from ..tiktok.scopes import BASIC, user_info_fields
from ..tiktok.secret import Secret
from . import user_info

Candidate: TypeAlias = Identity | SocialToken


def candidates() -> Iterator[Candidate]:
    """Yield the grants that may give a missing ``union_id``: one for each account.

    That is an identity with an active grant, or else the token that allauth kept of an
    account, which may be from before this package was installed.
    """
    granted = _identities()
    yield from flat(granted)
    yield from flat(_tokens().exclude(account__in=granted.values("account")))


def fill(candidate: Candidate) -> bool:
    """Fetch and store the profile, and say whether the ``union_id`` is known now.

    Raises TokenRefused, Misconfigured or TikTokNotReached.
    """
    if isinstance(candidate, Identity):
        user_info.fetch(candidate)
    else:
        _fill_by_token(candidate)
    known = Identity.objects.exclude(union_id=None)
    return known.filter(account=candidate.account_id).exists()


@sensitive_variables()
def _fill_by_token(candidate: SocialToken) -> None:
    # Read again: the user may have been erased since the batch was read.
    token = _tokens().filter(pk=candidate.pk).first()
    if token and (app := _app_of(token)):
        # allauth does not keep what was granted. Asking for too much only fails.
        fields = user_info_fields([BASIC])
        info = upstream.user_info(app, Secret(token.token), fields)
        user_info.require_same_person(token.account.uid, info)
        user_info.store(ensure_identity(token.account, app.client_id), info)


def _identities() -> QuerySet[Identity]:
    renewable = ~Q(refresh_token=None)
    grants = Grant.objects.active().filter(_alive("access_expires_at") | renewable)
    usable = grants.filter(identity=OuterRef("pk"), scopes__contains=BASIC)
    return Identity.objects.filter(Exists(usable), union_id=None).order_by("pk")


def _tokens() -> QuerySet[SocialToken]:
    tokens = SocialToken.objects.filter(_alive("expires_at"))
    ours = {app.provider_id or app.provider for app in tiktok_apps()}
    missing = tokens.filter(
        account__ttminis_identity__union_id=None, account__provider__in=ours
    )
    return missing.select_related("account", "app").order_by("pk")


def _alive(field: str) -> Q:
    return Q(**{field: None}) | Q(**{f"{field}__gt": timezone.now()})


def _app_of(token: SocialToken) -> SocialApp | None:
    """Return the app that the token was issued to; None where that cannot be said."""
    if token.app:
        return token.app if token.app.provider in TIKTOK else None
    name = token.account.provider
    apps = [app for app in tiktok_apps() if (app.provider_id or app.provider) == name]
    return apps[0] if len(apps) == 1 else None
