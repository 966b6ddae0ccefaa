"""Which cross-origin requests django-cors-headers lets through.

The package asks a signal about each request that its own settings do not allow. We
answer for our bundles only, and for no path but ours, allauth's headless ones and
those in ``TTMINIS_CORS_PATHS``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.dispatch import Signal
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from ..conf import conf
from . import origins

try:
    from corsheaders.signals import check_request_enabled
except ImportError:  # the extra "hosted" is not installed, so nobody will ask
    check_request_enabled = Signal()


def connect() -> None:
    """Let django-cors-headers ask us, if it is there."""
    check_request_enabled.connect(allow_own_bundle, dispatch_uid="ttminis_auth")


def allow_own_bundle(request: HttpRequest, **kwargs: Any) -> bool:
    """Say whether a bundle of ours asks for a path that is meant for it."""
    # The path first: every request of the site passes here.
    return _is_ours(request.path) and origins.is_of_any_app(
        request.headers.get("Origin", "")
    )


def _is_ours(path: str) -> bool:
    prefixes = (*conf.TTMINIS_CORS_PATHS, *_own_prefixes())
    return path.startswith(prefixes)


def _own_prefixes() -> Iterator[str]:
    """Yield our path, and where a token of it goes on: who am I, log out, the rest."""
    with suppress(NoReverseMatch):
        yield reverse("ttminis_app_code")
        session = "auth/session"
        yield reverse("headless:app:account:current_session").removesuffix(session)
