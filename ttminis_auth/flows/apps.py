"""Which configured app a ``client_key`` names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.core.exceptions import MultipleObjectsReturned
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import Identity
from .errors import InvalidRequest, UnknownClientKey

PROVIDER_ID = "ttminis"
# allauth's own, for TikTok's Login Kit.
WEB_PROVIDER_ID = "tiktok"
CLIENT_KEY_MAX_LENGTH = 191


def get_provider(
    request: HttpRequest,
    client_key: str | None = None,
    *,
    provider_id: str = PROVIDER_ID,
) -> Any:
    """Return allauth's provider for an app of this site.

    ``provider_id`` is that of Minis, or of allauth's own ``tiktok``. None for the
    client key means the only app there is. Raises InvalidRequest when there are
    several, UnknownClientKey when there is none.
    """
    if client_key is not None and not _is_plausible(client_key):
        raise UnknownClientKey(param="client_key")
    try:
        return get_adapter().get_provider(request, provider_id, client_id=client_key)
    except SocialApp.DoesNotExist:
        raise UnknownClientKey(param="client_key") from None
    except MultipleObjectsReturned:
        raise InvalidRequest(
            _("Several apps are configured: name one by its client key."),
            param="client_key",
        ) from None


def app_of(identity: Identity) -> SocialApp | None:
    """Return the app that the person was seen by, or None once it is gone."""
    return next(iter(_apps(identity.client_key)), None)


def is_sandbox(client_key: str) -> bool:
    """Say whether an app's settings mark it as a sandbox: ``{"sandbox": true}``."""
    return any(app.settings.get("sandbox") for app in _apps(client_key))


def secrets_of(client_key: object) -> list[str]:
    """Return the secrets of TikTok's apps with this key, on whatever site.

    There are several where an app is configured more than once, and none for anything
    that is no key of ours.
    """
    # Before the look-up, to which an empty key means all apps: whoever has the secret
    # of one could otherwise sign without saying which.
    if not isinstance(client_key, str) or not _is_plausible(client_key):
        return []
    tiktok = (PROVIDER_ID, WEB_PROVIDER_ID)
    apps = [app for app in _apps(client_key) if app.provider in tiktok]
    # An empty secret is one that everybody knows, and some databases find a key
    # whatever its case.
    return [app.secret for app in apps if app.secret and app.client_id == client_key]


def keeps_identities(provider: Any) -> bool:
    """Say whether logins by this provider, or class of one, leave an ``Identity``."""
    return bool(getattr(provider, "keeps_identities", False))


def account_providers(kinds: Iterable[Any]) -> set[str]:
    """Return what accounts of such providers are stored under; ``kinds``: classes."""
    ids = {kind.id for kind in kinds}
    request: Any = None
    apps = [app for app in get_adapter().list_apps(request) if app.provider in ids]
    return ids | {app.provider_id or app.provider for app in apps}


def _apps(client_key: str) -> list[SocialApp]:
    # Without a request, allauth looks on all sites: a person is the same on each.
    request: Any = None
    return get_adapter().list_apps(request, client_id=client_key)


def _is_plausible(client_key: str) -> bool:
    # PostgreSQL refuses a text with a null byte by raising, so ask before it does.
    return 0 < len(client_key) <= CLIENT_KEY_MAX_LENGTH and client_key.isprintable()
