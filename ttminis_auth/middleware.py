"""Show every logout to the page's script, and refuse logins of a crowd early.

A silent login needs no press. So the script must know that the visitor has left, also
by the project's own view, by a form that htmx or Turbo sends, or by Django's admin.
Django signals each logout, and only a middleware sees the response that answers it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase as Response
from django.urls import NoReverseMatch, reverse
from django.utils.crypto import get_random_string

from .conf import conf
from .core import concurrent_calls, counts, logouts
from .endpoints import answers
from .errors import LoginRefused

__all__ = ["TTMinisMiddleware"]

# As long as browsers keep a cookie. What the script has read once, it remembers itself.
_MAX_AGE = 400 * 24 * 60 * 60

# Who needs no mark: a page that TikTok hosts, where cookies do not arrive, and the
# page's script, which has noted its own logout before it sent the request.
_TOLD = frozenset({"X-Session-Token", "X-Ttminis-Logout"})

Answer = Callable[[HttpRequest], Any]


class TTMinisMiddleware:
    """Set a cookie with a new mark where a request logs the visitor out.

    Under ASGI, also refuse logins for which ``TTMINIS_MAX_CONCURRENT_CALLS`` has no
    place. The earlier this middleware stands, the less a refusal costs. Let it stand
    behind django-cors-headers, or a page that TikTok hosts cannot read the answer.

    The mark is random and names no user. It keeps silent logins away until the visitor
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

    def __call__(self, request: HttpRequest) -> Response | Awaitable[Response]:
        if self._is_async:
            return self._answer(request)
        return _marked(request, self.get_response(request))

    async def _answer(self, request: HttpRequest) -> Response:
        with _place_of_login(request) as refused:
            response = refused or await self.get_response(request)
        return _marked(request, response)


# A crowd opens the mini app at once. Under ASGI each request has a thread of its own,
# and goes back and forth between it and the event loop for each middleware. A thousand
# threads at once leave the loop no time, for none of them and for no other page. So the
# loop itself takes the place that the view would take, or refuses. Django has read the
# body by then: a visitor who sends slowly takes no place. Under WSGI that is left to
# the view: the threads are few, and the body comes as slowly as the visitor sends it.


@contextmanager
def _place_of_login(request: HttpRequest) -> Iterator[Response | None]:
    """Take a place for a login; gives the refusal where there is none."""
    with ExitStack() as place:
        refused = None
        if request.method == "POST" and request.path in _login_paths():
            try:
                place.enter_context(concurrent_calls.place())
            except LoginRefused as refusal:
                counts.refused(refusal)
                refused = answers.refused(refusal)
        yield refused


def _login_paths() -> Iterator[str]:
    for name in ("ttminis_login_by_code", "ttminis_app_code"):
        with suppress(NoReverseMatch):
            yield reverse(name)


def _marked(request: HttpRequest, response: Response) -> Response:
    if logouts.is_noted(request) and not _TOLD.intersection(request.headers):
        response.set_cookie(
            logouts.COOKIE,
            get_random_string(12),
            max_age=_MAX_AGE,
            **conf.session_cookie_scope,
        )
    return response
