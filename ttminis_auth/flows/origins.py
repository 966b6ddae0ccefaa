"""Which pages may talk to us from another origin: our own bundle, hosted by TikTok.

TikTok serves an uploaded bundle from a host of its own that carries the app's client
key: ``https://minis-<client key>-<id>-<number>.tiktokminis.us`` (seen on devices in
September 2026; no page documents it). Every other developer's bundle lives under the
same suffix. To allow the suffix as a whole would let any of them log its visitors in
to us; so the host has to name the very app whose code it brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.http import HttpRequest

from ..conf import conf
from .apps import PROVIDER_ID
from .errors import OriginRefused

# What the host says after the key: letters, digits and hyphens, in the same label.
_REST = "[a-z0-9]+(?:-[a-z0-9]+)*"
# A suffix may be written with scheme and port on the developer's own machine only.
_LOCAL_SUFFIX = re.compile(r"http://(localhost(?::[0-9]{1,5})?)")


def require_own(request: HttpRequest, client_key: str) -> None:
    """Refuse a request that comes from anybody else's page; raises OriginRefused.

    One without an ``Origin`` comes from no page at all, as those of native mini games
    do, or from whoever writes their own requests: ``TTMINIS_ALLOW_MISSING_ORIGIN``.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        allowed = conf.TTMINIS_ALLOW_MISSING_ORIGIN
    else:
        allowed = is_own(origin, client_key)
    if not allowed:
        raise OriginRefused


def is_own(origin: str, client_key: str) -> bool:
    """Say whether this is the origin of the app's own bundle.

    Browsers write an origin in one way: small letters, no user, no path, no dot at the
    end, no usual port. What is written differently was not written by a browser.
    """
    # Host names know no capitals, client keys may.
    label = f"minis-{re.escape(client_key.lower())}-{_REST}"
    return any(
        re.fullmatch(f"{scheme}{label}{re.escape('.' + host)}", origin, re.ASCII)
        for scheme, host in map(_split, conf.TTMINIS_ORIGIN_SUFFIXES)
    )


def is_of_any_app(origin: str) -> bool:
    """Say whether this is the bundle of one of our apps.

    For a preflight, which does not say yet which app it is going to speak for.
    """
    return any(is_own(origin, client_key) for client_key in _client_keys())


def is_local(suffix: str) -> bool:
    """Say whether a suffix is one for the developer's own machine."""
    return _LOCAL_SUFFIX.fullmatch(suffix) is not None


def _split(suffix: str) -> tuple[str, str]:
    if local := _LOCAL_SUFFIX.fullmatch(suffix):
        return "http://", local[1]
    return "https://", suffix


def _client_keys() -> Iterable[str]:
    everywhere: Any = None  # without a request, allauth looks on all sites
    apps = get_adapter().list_apps(everywhere, provider=PROVIDER_ID)
    return [app.client_id for app in apps if app.client_id]
