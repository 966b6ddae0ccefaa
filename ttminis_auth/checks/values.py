"""Each ``TTMINIS_*`` setting by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from ..conf import Settings, conf
from ..endpoints import origins
from ..login.rate_limit import is_rate_per_address

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_HOST_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"{_HOST_LABEL}(?:\.{_HOST_LABEL})+")


def check_settings(**kwargs: object) -> list[checks.CheckMessage]:
    """Check each ``TTMINIS_*`` setting by itself."""
    wrong_types = list(_wrong_types())
    return wrong_types or [*_wrong_values(), *_wrong_suffixes(), *_wrong_paths()]


def can_be_read() -> bool:
    """Return whether every setting has the type that other checks expect."""
    return not list(_wrong_types())


def _wrong_types() -> Iterator[checks.CheckMessage]:
    for name in (name for name in vars(Settings) if name.startswith("TTMINIS_")):
        try:
            getattr(conf, name)
        except ImproperlyConfigured as error:
            yield checks.Error(
                str(error),
                hint=f"Read about {name} at https://django-ttminis-auth.readthedocs.io"
                "/en/latest/reference/settings.html",
                id="ttminis_auth.E001",
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
    if conf.TTMINIS_WEBHOOK_RETENTION < conf.TTMINIS_WEBHOOK_TOLERANCE:
        yield checks.Error(
            "TTMINIS_WEBHOOK_RETENTION is shorter than TTMINIS_WEBHOOK_TOLERANCE.",
            hint="Keep deliveries at least as long as their signatures are good: a "
            "webhook that was forgotten earlier could be sent once more, and would "
            "count again.",
            id="ttminis_auth.E010",
        )


def _wrong_suffixes() -> Iterator[checks.CheckMessage]:
    for suffix in conf.TTMINIS_ORIGIN_SUFFIXES:
        if origins.is_local(suffix):
            if not conf.debug:
                yield checks.Error(
                    f"TTMINIS_ORIGIN_SUFFIXES has {suffix!r} although DEBUG is off.",
                    hint="Remove it from the settings of production: a program on a "
                    "visitor's own machine could speak for your page.",
                    id="ttminis_auth.E008",
                )
        elif not _HOST.fullmatch(suffix):
            yield checks.Error(
                f"TTMINIS_ORIGIN_SUFFIXES has {suffix!r}, which no host ends with.",
                hint='Write the bare domain in small letters, as "tiktokminis.us": no '
                "scheme, no star, no dot before it, no port, no path. On your own "
                'machine it may be "http://localhost:8001".',
                id="ttminis_auth.E007",
            )


def _wrong_paths() -> Iterator[checks.CheckMessage]:
    for path in conf.TTMINIS_CORS_PATHS:
        if not path.startswith("/"):
            yield checks.Error(
                f"TTMINIS_CORS_PATHS has {path!r}, which does not begin with a slash.",
                hint='Write how the paths begin, as "/api/". An empty text would open '
                "every path of the site to your bundle.",
                id="ttminis_auth.E009",
            )


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    on_this_machine = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or on_this_machine)
