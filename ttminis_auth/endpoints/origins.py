"""Decide which origins are the app's own TikTok-hosted pages.

TikTok serves an uploaded bundle from a host of its own that carries the app's client
key: ``https://minis-<client key>-<id>-<number>.tiktokminis.us`` (seen on devices in
September 2026; no page documents it). Every other developer's bundle lives under the
same suffix. To allow the suffix as a whole would let any of them log its visitors in
to us; so the host has to name the very app whose code it brings.
"""

from __future__ import annotations

import logging
import re

from django.http import HttpRequest

from ..conf import conf
from ..core.client_apps import PROVIDER_ID, apps_in_settings, tiktok_apps
from ..errors import OriginRefused

logger = logging.getLogger("ttminis_auth")

# The first label of a bundle's host: 63 characters at most, as of any host.
_LABEL = "minis-([a-z0-9-]{1,57})"
# What it says after the key. Keys have no hyphens, so none of them reads as the
# beginning of another developer's.
_REST = "[a-z0-9]+(?:-[a-z0-9]+)*"
# What calls itself a bundle, on any host. An attacker's own program puts any text
# here; nothing comes into the log but what a host name may hold.
_ANYWHERE = re.compile(rf"https://{_LABEL}\.([a-z0-9.-]{{1,190}})")
# A suffix may be written with scheme and port on the developer's own machine only.
_LOCAL_SUFFIX = re.compile(r"http://(localhost(?::[0-9]{1,5})?)")


def require_own(request: HttpRequest, client_key: str) -> None:
    """Refuse a request that comes from another site's page; raises OriginRefused.

    One without an ``Origin`` comes from no page at all, as those of native mini games
    do, or from a program: ``TTMINIS_ALLOW_MISSING_ORIGIN``.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        allowed = conf.TTMINIS_ALLOW_MISSING_ORIGIN
    else:
        allowed = is_own(origin, client_key)
    if not allowed:
        raise OriginRefused


def is_own(origin: str, client_key: str) -> bool:
    """Return whether this is the origin of the app's own bundle.

    Browsers write an origin in one way: small letters, no user, no path, no dot at the
    end, no usual port. What is written differently was not written by a browser.
    """
    bundle = _bundle(origin)
    return bundle is not None and _is_named(bundle, client_key)


def is_of_any_app(origin: str) -> bool:
    """Return whether this is the bundle of one of our apps.

    For a preflight, which does not say yet which app it is going to speak for. Asks the
    database about nothing but what looks like a bundle.
    """
    bundle = _bundle(origin)
    if bundle is None:
        _warn_of_unknown_suffix(origin)
        return False
    return _is_of_ours(bundle)


def is_local(suffix: str) -> bool:
    """Return whether a suffix is one for the developer's own machine."""
    return _LOCAL_SUFFIX.fullmatch(suffix) is not None


def _bundle(origin: str) -> str | None:
    """Return what a bundle's host says of it, or None for any other origin."""
    for scheme, host in map(_split, conf.TTMINIS_ORIGIN_SUFFIXES):
        if match := re.fullmatch(rf"{scheme}{_LABEL}\.{re.escape(host)}", origin):
            return match[1]
    return None


def _is_of_ours(bundle: str) -> bool:
    if any(_is_named(bundle, app.client_id) for app in apps_in_settings()):
        return True
    return any(_is_named(bundle, key) for key in _client_keys())


def _warn_of_unknown_suffix(origin: str) -> None:
    """Warn the operator of a region whose suffix is documented nowhere.

    An attacker can put a page on such a host of their own, in the hope that the
    operator allows it; so the warning says what has to be looked at first.
    """
    if (found := _ANYWHERE.fullmatch(origin)) and _is_of_ours(found[1]):
        logger.warning(
            "A page on %s bears a client key of yours and was refused. If TikTok owns "
            "that host, and only then, add its end to TTMINIS_ORIGIN_SUFFIXES.",
            found[2],
        )


def _is_named(bundle: str, client_key: str) -> bool:
    # Host names know no capitals, client keys may.
    key = re.escape(client_key.lower())
    return re.fullmatch(f"{key}-{_REST}", bundle) is not None


def _split(suffix: str) -> tuple[str, str]:
    if local := _LOCAL_SUFFIX.fullmatch(suffix):
        return "http://", local[1]
    return "https://", suffix


def _client_keys() -> list[str]:
    apps = tiktok_apps(provider_id=PROVIDER_ID)
    return [app.client_id for app in apps if app.client_id]
