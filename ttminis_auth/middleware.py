"""Tell the page's script of every logout, whichever view or form made it.

A silent login needs no press. So the script must know that the visitor has left, also
by the project's own view, by a form that htmx or Turbo sends, or by Django's admin.
Django signals each logout, and only a middleware sees the response that answers it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import get_random_string

from .conf import conf
from .core import logouts

__all__ = ["TTMinisMiddleware"]

# As long as browsers keep a cookie. What the script has read once, it remembers itself.
_MAX_AGE = 400 * 24 * 60 * 60

# Who needs no mark: a page that TikTok hosts, where cookies do not arrive, and the
# page's script, which has noted its own logout before it sent the request.
_TOLD = frozenset({"X-Session-Token", "X-Ttminis-Logout"})

Answer = Callable[[HttpRequest], Any]


class TTMinisMiddleware:
    """Set a cookie with a new mark where a request logs the visitor out.

    The mark is random and names nobody. It keeps silent logins away until the visitor
    acts, and opens nothing: an attacker who plants one makes the visitor press a
    button.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self._is_async:
            return self._answer(request)
        return _marked(request, self.get_response(request))

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        return _marked(request, await self.get_response(request))


def _marked(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if logouts.is_noted(request) and not _TOLD.intersection(request.headers):
        response.set_cookie(
            logouts.COOKIE,
            get_random_string(12),
            max_age=_MAX_AGE,
            **conf.session_cookie_scope,
        )
    return response
