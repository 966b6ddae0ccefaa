"""What a bundle that TikTok hosts needs of the site, and what would let others in too.

Nothing is said to a project without ``allauth.headless``, which has no such bundles,
nor to one that names no ``TTMINIS_ORIGIN_SUFFIXES``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from allauth import app_settings as allauth_settings
from allauth.headless import app_settings as headless_settings
from django.contrib.sessions.backends import signed_cookies
from django.core import checks
from django.utils.module_loading import import_string

from ..conf import conf
from .urls import is_included
from .values import can_be_read

_CORS = "corsheaders.middleware.CorsMiddleware"
# These can answer before they have asked anything below them, and nothing above adds
# the headers then.
_ANSWERING = {
    "django.middleware.cache.FetchFromCacheMiddleware",
    "django.middleware.common.CommonMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
}
_STRANGER = "https://minis-mnsomebodyelse00-0000000000000-1."


def check_hosted(**kwargs: object) -> list[checks.CheckMessage]:
    """Check whether a bundle can get in, and whether it is the only one."""
    if not allauth_settings.HEADLESS_ENABLED or not can_be_read():
        return []
    if not conf.TTMINIS_ORIGIN_SUFFIXES:
        return []
    return [*_headless(), *_cors()]


def _headless() -> Iterator[checks.CheckMessage]:
    if "app" not in headless_settings.CLIENTS:
        yield checks.Warning(
            'No address takes a bundle\'s token: HEADLESS_CLIENTS lacks "app".',
            hint='Add "app" to HEADLESS_CLIENTS, or leave the setting out.',
            id="ttminis_auth.W010",
        )
    elif not is_included("headless:app:account:current_session"):
        yield checks.Warning(
            "No address takes a bundle's token: allauth.headless has no URLs.",
            hint='Add path("_allauth/", include("allauth.headless.urls")) to the URLs.',
            id="ttminis_auth.W009",
        )
    in_cookies = issubclass(conf.session_store, signed_cookies.SessionStore)
    if in_cookies and not has_jwt():
        yield checks.Warning(
            "A bundle cannot stay logged in: sessions are kept in cookies.",
            hint="Keep them on the server, as with SESSION_ENGINE = "
            '"django.contrib.sessions.backends.cached_db". A token is the name of a '
            "session there.",
            id="ttminis_auth.W013",
        )


def _cors() -> Iterator[checks.CheckMessage]:
    lineages = [_lineage(path) for path in conf.middleware]
    position = next((i for i, names in enumerate(lineages) if _CORS in names), None)
    if position is None:
        yield _without_cors()
        return
    for path, names in zip(conf.middleware[:position], lineages, strict=False):
        if _ANSWERING & names:
            yield checks.Warning(
                f"A bundle cannot read what {path} answers.",
                hint=f"Put {_CORS} before it in MIDDLEWARE.",
                id="ttminis_auth.W005",
            )
    yield from _cors_settings(import_string("corsheaders.conf.conf"))


def _without_cors() -> checks.CheckMessage:
    hint = f'Add "{_CORS}" to MIDDLEWARE, near the top.'
    if find_spec("corsheaders") is None:
        hint = f'Install it: pip install "django-ttminis-auth[hosted]". {hint}'
    return checks.Warning(
        "A bundle that TikTok hosts needs django-cors-headers to reach this site.",
        hint=f"{hint} If you have no such bundle, set TTMINIS_ORIGIN_SUFFIXES = [].",
        id="ttminis_auth.W004",
    )


def _cors_settings(cors: Any) -> Iterator[checks.CheckMessage]:
    allowed = {header.lower() for header in cors.CORS_ALLOW_HEADERS}
    if missing := sorted(_needed_headers() - allowed):
        yield checks.Warning(
            f"A bundle may not send {', '.join(missing)}.",
            hint="from corsheaders.defaults import default_headers; CORS_ALLOW_HEADERS "
            f"= (*default_headers, {', '.join(map(repr, missing))})",
            id="ttminis_auth.W006",
        )
    if cors.CORS_ALLOW_ALL_ORIGINS or _strangers_match(cors):
        yield checks.Warning(
            "Another developer's bundle may read what this site answers.",
            hint="Take CORS_ALLOW_ALL_ORIGINS out, and from "
            "CORS_ALLOWED_ORIGIN_REGEXES what fits all of TikTok's bundles: your own "
            "are let in without being listed.",
            id="ttminis_auth.W007",
        )
    if cors.CORS_ALLOW_CREDENTIALS:
        yield checks.Warning(
            "A page that TikTok hosts may act with the cookies of its visitors.",
            hint="Take CORS_ALLOW_CREDENTIALS out: a bundle has its token and needs "
            "no cookie. Silence this check if other pages of yours need it.",
            id="ttminis_auth.W008",
        )


def _needed_headers() -> set[str]:
    needed = {"content-type", "x-session-token"}
    return needed | {"authorization"} if has_jwt() else needed


def has_jwt() -> bool:
    """Return whether allauth's headless tokens are JSON web tokens."""
    lineage = type(headless_settings.TOKEN_STRATEGY).__mro__
    return "JWTTokenStrategy" in [kind.__name__ for kind in lineage]


def _strangers_match(cors: Any) -> bool:
    strangers = [_STRANGER + suffix for suffix in conf.TTMINIS_ORIGIN_SUFFIXES]
    patterns = cors.CORS_ALLOWED_ORIGIN_REGEXES
    return any(re.match(p, stranger) for p in patterns for stranger in strangers)


def _lineage(path: str) -> set[str]:
    """Return the names of a middleware and of what it is derived from."""
    try:
        kind = import_string(path)
    except ImportError:
        return {path}  # Django says so better when it loads them
    bases = getattr(kind, "__mro__", ())
    return {path, *(f"{base.__module__}.{base.__qualname__}" for base in bases)}
