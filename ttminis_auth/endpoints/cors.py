"""Which cross-origin requests django-cors-headers lets through.

The package asks a signal about each request that its own settings do not allow. We
answer for our bundles only, and for no path but ours, allauth's headless ones and
those in ``TTMINIS_CORS_PATHS``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.core.signals import request_started
from django.db import Error
from django.dispatch import Signal
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from ..conf import conf
from . import origins

try:
    from corsheaders.signals import check_request_enabled
except ImportError:  # the extra "hosted" is not installed, so no page will ask
    check_request_enabled = Signal()


# In the scope of an ASGI request, and in the environment of a WSGI request.
_DECISION = "ttminis_auth.cors"


def connect() -> None:
    """Let django-cors-headers ask us, if it is there."""
    check_request_enabled.connect(allow_own_bundle, dispatch_uid="ttminis_auth")
    request_started.connect(decide_in_thread, dispatch_uid="ttminis_auth.cors")


# The decision may need the database. Under ASGI, django-cors-headers asks from the
# event loop, where a wait for the database would stop every other request of the
# process. But Django sends ``request_started`` in the thread of the request. So we
# decide there.


def decide_in_thread(scope: Any = None, **kwargs: object) -> None:
    """Decide under ASGI, before the event loop asks; a WSGI request has no scope."""
    origin = dict(scope["headers"]).get(b"origin") if scope else None
    if not origin:
        return
    try:
        scope[_DECISION] = _is_allowed(scope["path"], origin.decode("latin-1"))
    except Error as error:
        scope[_DECISION] = error  # Django reports it when the middleware asks


def allow_own_bundle(request: HttpRequest, **kwargs: object) -> bool:
    """Return whether a bundle of ours asks for a path that is meant for it."""
    request_notes: dict[str, object] = getattr(request, "scope", request.META)
    if _DECISION not in request_notes:
        origin = request.headers.get("Origin", "")
        request_notes[_DECISION] = _is_allowed(request.path, origin)
    decision = request_notes[_DECISION]
    if isinstance(decision, Error):
        raise decision
    return bool(decision)


def _is_allowed(path: str, origin: str) -> bool:
    # The path first: every request of the site passes here.
    return _is_ours(path) and origins.is_of_any_app(origin)


def _is_ours(path: str) -> bool:
    prefixes = (*conf.TTMINIS_CORS_PATHS, *_own_prefixes())
    return path.startswith(prefixes)


def _own_prefixes() -> Iterator[str]:
    """Yield our path, and where a token of it goes on: who am I, log out, the rest."""
    with suppress(NoReverseMatch):
        yield reverse("ttminis_app_code")
        session = "auth/session"
        yield reverse("headless:app:account:current_session").removesuffix(session)
