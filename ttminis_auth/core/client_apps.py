"""Find the configured app of a ``client_key``.

allauth finds an app by its ``provider`` or its ``provider_id``. A staff member who may
write rows of ``SocialApp`` can give an app of another provider our name or our client
key. So all look-ups among rows go through ``tiktok_apps``, which asks for the provider.
An app of the settings needs no such look-up: ``apps_in_settings`` spares it each login.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from allauth.socialaccount import app_settings
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import Provider
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..errors import InvalidRequest, Misconfigured, UnknownClientKey
from ..models import Identity
from ..tiktok.secret import Secret

logger = logging.getLogger("ttminis_auth")

PROVIDER_ID = "ttminis"
# allauth's own, for TikTok's Login Kit.
WEB_PROVIDER_ID = "tiktok"
TIKTOK = (PROVIDER_ID, WEB_PROVIDER_ID)
CLIENT_KEY_MAX_LENGTH = 191
# What allauth takes of an app in the settings.
_FIELDS = frozenset({"name", "provider_id", "client_id", "secret", "key", "settings"})


def get_provider(
    request: HttpRequest | None,
    client_key: str | None = None,
    *,
    provider_id: str = PROVIDER_ID,
) -> Provider:
    """Return allauth's provider for an app of this site.

    ``provider_id`` is that of Minis, or of allauth's own ``tiktok``. None for the
    client key means the only app there is. Raises InvalidRequest when there are
    several, UnknownClientKey when there is none, and Misconfigured when several have
    the key.
    """
    anywhere: Any = request  # allauth takes None, too
    if client_key is not None and not _is_plausible(client_key):
        raise UnknownClientKey(param="client_key")
    apps = [a for a in apps_in_settings(provider_id) if a.client_id == client_key]
    if len(apps) != 1 or apps[0].settings.get("hidden"):
        apps = tiktok_apps(client_key, request=request, provider_id=provider_id)
    if len(apps) > 1:
        apps = [app for app in apps if not app.settings.get("hidden")]
        if len(apps) != 1 and client_key is not None:
            logger.error("The client key %s is configured more than once", client_key)
            raise Misconfigured
        if len(apps) != 1:
            raise InvalidRequest(
                _("Several apps are configured: name one by its client key."),
                param="client_key",
            )
    if not apps:
        raise UnknownClientKey(param="client_key")
    provider: Provider = apps[0].get_provider(anywhere)
    return provider


def tiktok_apps(
    client_key: str | None = None,
    *,
    request: HttpRequest | None = None,
    provider_id: str | None = None,
) -> list[SocialApp]:
    """Return TikTok's apps, of all sites where there is no request.

    ``client_key`` and ``provider_id`` leave out those of another key, or provider.
    """
    anywhere: Any = request  # allauth takes None, too
    kinds = TIKTOK if provider_id is None else (provider_id,)
    found = get_adapter().list_apps(
        anywhere, provider=provider_id, client_id=client_key
    )
    # Some databases find a name or a key whatever its case.
    return [
        app
        for app in found
        if app.provider in kinds and client_key in (None, app.client_id)
    ]


def apps_in_settings(provider_id: str = PROVIDER_ID) -> list[SocialApp]:
    """Return the apps that the settings have for a provider, as allauth makes them.

    The list is empty where the project's adapter has a way of its own to list apps.
    """
    if type(get_adapter()).list_apps is not DefaultSocialAccountAdapter.list_apps:
        return []
    provider = app_settings.PROVIDERS.get(provider_id, {})
    found = provider.get("APPS") or [provider.get("APP") or {}]
    return [
        SocialApp(provider=provider_id, **{k: app[k] for k in _FIELDS & app.keys()})
        for app in found
        if app.get("client_id")
    ]


def client_key_named(name: str, request: HttpRequest | None = None) -> str:
    """Return the client key of the Minis app whose ``provider_id`` or ``name`` it is.

    Raises UnknownClientKey where there is none, or more than one.
    """
    apps = tiktok_apps(request=request, provider_id=PROVIDER_ID)
    named = {app.client_id for app in apps if name in (app.provider_id, app.name)}
    if len(named) != 1:
        raise UnknownClientKey(param="client_key")
    return str(named.pop())


def require_same_class(provider: Provider) -> None:
    """Refuse an app that another provider has under the name of this one.

    allauth's endpoints look their app up by name, and may come with such a one. Raises
    ``SocialApp.DoesNotExist``, as where there is no app at all.
    """
    if provider.app.provider != provider.id:
        raise SocialApp.DoesNotExist


def app_of(identity: Identity) -> SocialApp | None:
    """Return the app that the person was seen by, or None once it is gone."""
    return next(iter(tiktok_apps(identity.client_key)), None)


def is_sandbox(client_key: str) -> bool:
    """Return whether an app's settings mark it as a sandbox: ``{"sandbox": true}``."""
    return any(app.settings.get("sandbox") for app in tiktok_apps(client_key))


def secrets_of(client_key: object) -> list[Secret]:
    """Return the secrets of TikTok's apps with this key, on whatever site.

    There are several where an app is configured more than once, and none for anything
    that is no key of ours.
    """
    # Before the look-up, to which an empty key means all apps: the developer of one app
    # could otherwise sign with its secret for all of them.
    if not isinstance(client_key, str) or not _is_plausible(client_key):
        return []
    # A blank secret is no secret.
    apps = tiktok_apps(client_key)
    return [Secret(app.secret) for app in apps if not is_blank(app.secret)]


def is_blank(text: str | None) -> bool:
    """Return whether a client key or a secret is missing: nothing that can be seen."""
    return not any(char.isprintable() and char != " " for char in str(text or ""))


def keeps_identities(provider: object) -> bool:
    """Return whether logins by this provider (or class) leave an ``Identity``."""
    return bool(getattr(provider, "keeps_identities", False))


def account_providers(kinds: Iterable[type[Provider]]) -> set[str]:
    """Return what accounts of such providers are stored under; ``kinds``: classes."""
    ids = {kind.id for kind in kinds}
    request: Any = None
    apps = [app for app in get_adapter().list_apps(request) if app.provider in ids]
    return ids | {app.provider_id or app.provider for app in apps}


def provider_to_store(stored: str, latest: str, client_key: str) -> str:
    """Return the provider of an account whose user logs in by the app ``latest``.

    The stored one, as long as an app with this client key is still called so: where
    Minis and the web share a key, the account would change its provider at each login.
    """
    if stored == latest:
        return latest
    names = {app.provider_id or app.provider for app in tiktok_apps(client_key)}
    return stored if stored in names else latest


def _is_plausible(client_key: str) -> bool:
    # PostgreSQL refuses a text with a null byte by raising, so ask before it does.
    return 0 < len(client_key) <= CLIENT_KEY_MAX_LENGTH and client_key.isprintable()
