"""Mistakes in the settings, found at start-up and each with its way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from allauth.account.app_settings import EmailVerificationMethod
from allauth.socialaccount import app_settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from .conf import Settings, conf
from .flows.apps import PROVIDER_ID
from .flows.throttle import is_rate_per_address

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def register() -> None:
    """Hand the checks to Django."""
    checks.register(check_settings)
    checks.register(check_apps)
    checks.register(check_silence)
    checks.register(check_token_copy)


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """Check each ``TTMINIS_*`` setting by itself."""
    return [*_wrong_types(), *(_wrong_values() if not list(_wrong_types()) else ())]


def check_apps(**kwargs: Any) -> list[checks.CheckMessage]:
    """Check the apps that the settings name; rows of ``SocialApp`` are not read."""
    return [*_incomplete_apps(), *_indistinct_apps()]


def check_silence(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn of settings that put a form in the way of every first login."""
    obstacles = {
        "SOCIALACCOUNT_AUTO_SIGNUP is False": not app_settings.AUTO_SIGNUP,
        "SOCIALACCOUNT_EMAIL_REQUIRED is True": app_settings.EMAIL_REQUIRED,
        "e-mail verification is mandatory": app_settings.EMAIL_VERIFICATION
        == EmailVerificationMethod.MANDATORY,
    }
    found = [obstacle for obstacle, is_there in obstacles.items() if is_there]
    if not found:
        return []
    return [
        checks.Warning(
            f"A first TikTok login cannot be silent: {', '.join(found)}.",
            hint="TikTok gives no e-mail address. Set SOCIALACCOUNT_AUTO_SIGNUP = "
            "True, SOCIALACCOUNT_EMAIL_REQUIRED = False and "
            'SOCIALACCOUNT_EMAIL_VERIFICATION = "none", or silence this check and '
            "show people the pending step.",
            id="ttminis_auth.W001",
        )
    ]


def check_token_copy(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn when allauth keeps a second copy of the tokens, unencrypted."""
    if not app_settings.STORE_TOKENS:
        return []
    return [
        checks.Warning(
            "SOCIALACCOUNT_STORE_TOKENS keeps TikTok's tokens in clear.",
            hint="Leave it off: ttminis_auth stores the tokens encrypted, see "
            "TTMINIS_STORE_TOKENS.",
            id="ttminis_auth.W002",
        )
    ]


def _wrong_types() -> Iterator[checks.CheckMessage]:
    for name in (name for name in vars(Settings) if name.startswith("TTMINIS_")):
        try:
            getattr(conf, name)
        except ImproperlyConfigured as error:
            yield checks.Error(
                str(error), hint=f"See the README on {name}.", id="ttminis_auth.E001"
            )


def _wrong_values() -> Iterator[checks.CheckMessage]:
    if not _is_private(conf.TTMINIS_API_BASE_URL):
        yield checks.Error(
            "TTMINIS_API_BASE_URL would send the client secret in clear.",
            hint="Use https, or http on this machine for the simulator.",
            id="ttminis_auth.E002",
        )
    if not is_rate_per_address(conf.TTMINIS_REJECTED_CODE_LIMIT):
        yield checks.Error(
            "TTMINIS_REJECTED_CODE_LIMIT is not a rate per address.",
            hint='Write it as "20/m/ip", or "" for no limit.',
            id="ttminis_auth.E003",
        )


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    on_this_machine = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or on_this_machine)


def _configured_apps() -> list[dict[str, Any]]:
    provider = app_settings.PROVIDERS.get(PROVIDER_ID, {})
    apps = provider.get("APPS") or [provider.get("APP")]
    return [app for app in apps if app]


def _incomplete_apps() -> Iterator[checks.CheckMessage]:
    for app in _configured_apps():
        for key in ("client_id", "secret"):
            if not app.get(key):
                yield checks.Error(
                    f"An app of SOCIALACCOUNT_PROVIDERS['ttminis'] has no {key}.",
                    hint="Copy the client key (as client_id) and the client secret "
                    "(as secret) from TikTok's developer portal.",
                    id="ttminis_auth.E004",
                )


def _indistinct_apps() -> Iterator[checks.CheckMessage]:
    ids = Counter(app.get("provider_id") or PROVIDER_ID for app in _configured_apps())
    if shared := [provider_id for provider_id, count in ids.items() if count > 1]:
        yield checks.Error(
            f"Several TikTok apps share the provider_id {', '.join(shared)}.",
            hint="Give each app a provider_id of its own: TikTok numbers people anew "
            "in each app, so allauth could take one person for another.",
            id="ttminis_auth.E005",
        )
