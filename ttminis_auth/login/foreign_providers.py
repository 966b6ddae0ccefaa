"""Keep apps of other providers from using TikTok's provider ids and client keys.

allauth stores an account under its app's ``provider_id``, and asks for no more when it
looks the account up again. An attacker on the staff who may write rows of ``SocialApp``
sets up an app of ``openid_connect``, with a server of their own and the ``provider_id``
of a TikTok app. Their server then answers a superuser's ``open_id`` as its ``sub``.

So only superusers may write such rows. And a login of another provider under a name of
TikTok's is always refused, even if a superuser wrote the row.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from unicodedata import category, normalize

from allauth.core import context
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers import registry
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from ..core.client_apps import TIKTOK, account_providers, keeps_identities, tiktok_apps
from ..errors import Misconfigured
from ..linking.staff_rules import is_superuser
from ..models import Identity

# How many accounts of a name are looked at for a TikTok identity. All have one where
# the name is TikTok's, but for those from before this package was installed.
SAMPLE = 100

ONLY_SUPERUSERS = _("Only a superuser can set up TikTok's apps.")

logger = logging.getLogger("ttminis_auth")


class ForeignLogin(Misconfigured, PermissionDenied):
    """Another provider brought a login under a name of TikTok's.

    It has two base classes: allauth's redirect flow answers one of them, its headless
    endpoint the other.
    """


def is_tiktok_name(name: str) -> bool:
    """Return whether accounts of this provider are TikTok's, or were.

    Also if no app of that name is configured any more, as long as identities exist.
    """
    kinds = filter(_is_tiktok, registry.get_class_list())
    if _is_among(name, account_providers(kinds).union(TIKTOK)):
        return True
    # Not by a join: that would go through all accounts of another provider.
    accounts = SocialAccount.objects.filter(provider=name)
    sample = list(accounts.order_by("uid").values_list("pk", flat=True)[:SAMPLE])
    return Identity.objects.filter(account__in=sample).exists()


def is_tiktok_key(client_key: str) -> bool:
    """Return whether this is the client key of a TikTok app, configured or not."""
    if _is_among(client_key, (app.client_id for app in tiktok_apps())):
        return True
    return Identity.objects.filter(client_key=client_key).exists()


def claims(app: SocialApp) -> list[str]:
    """Return the fields by which an app takes a name or a client key of TikTok's."""
    names = ("provider", "provider_id")
    claimed = [field for field in names if is_tiktok_name(getattr(app, field))]
    return [*claimed, *(["client_id"] if is_tiktok_key(app.client_id) else [])]


def require_superuser(instance: SocialApp, using: str) -> None:
    """Allow only superusers to write an app of TikTok's, or one that claims to be.

    Every save and every deletion of a row passes here, whatever admin or importer it
    comes from. A program without a request may do as its operator says: a shell, a
    command, a fixture, a task. ``QuerySet.update`` and bulk operations send no signal;
    against what they write stands ``refuse_foreign_login``.
    """
    request = context.request
    if request is None or is_superuser(getattr(request, "user", None)):
        return
    stored = SocialApp.objects.using(using).filter(pk=instance.pk).first()
    if claims(instance) or (stored and claims(stored)):
        raise PermissionDenied(ONLY_SUPERUSERS)


def refuse_foreign_login(sociallogin: SocialLogin, **kwargs: object) -> None:
    """Refuse a login of another provider under a name of TikTok's; raises ForeignLogin.

    By then allauth has found the account and overwritten TikTok's data with that of the
    other provider. All of it is removed; the next consent stores the profile again.
    """
    if not is_foreign(sociallogin):
        return
    account = sociallogin.account
    known = {"open_id": account.uid}
    identity = Identity.objects.filter(account=account.pk).first()
    if identity and identity.union_id:
        known["union_id"] = identity.union_id
    SocialAccount.objects.filter(pk=account.pk).update(extra_data=known)
    _refuse(sociallogin)


def refuse_foreign_newcomer(sociallogin: SocialLogin, **kwargs: object) -> None:
    """Refuse a login as ``refuse_foreign_login`` does that leads to no account yet."""
    if sociallogin.account._state.adding:
        refuse_foreign_login(sociallogin)


def refuse_foreign_account(sociallogin: SocialLogin, **kwargs: object) -> None:
    """Take away an account that another provider adds under a name of TikTok's.

    Otherwise an attacker could add the account and wait: the visitor's first login
    would lead into the attacker's user.
    """
    if is_foreign(sociallogin):
        sociallogin.account.delete()
        _refuse(sociallogin)


def is_foreign(sociallogin: SocialLogin) -> bool:
    """Return whether a login of another provider leads to an account of TikTok's."""
    account = sociallogin.account
    if _is_tiktok(sociallogin.provider):
        return False
    stored = Identity.objects.filter(account=account.pk)
    return stored.exists() or is_tiktok_name(account.provider)


def folded(name: str) -> str:
    """Return a name without case, accents and blanks.

    Some databases take two such names for the same one.
    """
    plain = normalize("NFKD", normalize("NFKD", name).casefold())
    return "".join(char for char in plain if category(char)[0] not in "CMZ")


def _is_tiktok(provider: object) -> bool:
    """Return whether logins of this provider (or provider class) come from TikTok."""
    return keeps_identities(provider) or getattr(provider, "id", None) in TIKTOK


def _is_among(name: str, names: Iterable[str]) -> bool:
    return bool(name) and folded(name) in {folded(each) for each in names}


def _refuse(sociallogin: SocialLogin) -> None:
    app = getattr(sociallogin.provider, "app", None)
    logger.error(
        "A login of the provider %s under TikTok's name %s was refused. Delete the "
        "social application with the client id %s, or rename it: an attacker may have "
        "set it up to log in as other users.",
        getattr(sociallogin.provider, "id", None),
        sociallogin.account.provider,
        getattr(app, "client_id", None),
    )
    raise ForeignLogin
