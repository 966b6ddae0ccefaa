"""Django's CSRF protection, with a refusal that a page's script can read and cure."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt

from ..core import counts
from ..errors import InvalidRequest
from . import answers
from .inputs import small_body

View = Callable[..., JsonResponse]


def csrf_protect_in_json(view: View) -> View:
    """Protect a view that a script talks to, with Django's middleware or without.

    Every login changes Django's token, also one in another tab. A page that was there
    before is refused with its next request; the answer, code ``csrf_failed``, has the
    present token under ``meta.csrf_token``, for a page of our own.
    """
    protection = CsrfViewMiddleware(view)

    # Exempt from the middleware alone, which would answer first, with a page.
    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> JsonResponse:
        try:
            # Before the protection reads the form, which may be endless.
            small_body(request)
        except InvalidRequest as refusal:
            counts.refused(refusal)
            return answers.refused(refusal)
        protection.process_request(request)
        if protection.process_view(request, view, args, kwargs):
            response = answers.csrf_failed(request, with_token=_is_our_page(request))
        else:
            response = view(request, *args, **kwargs)
        protection.process_response(request, response)
        return response

    return checked


def _is_our_page(request: HttpRequest) -> bool:
    """Return whether a page of this site asks, as far as the browser says.

    A form on a stranger's page arrives without our cookies. It cannot read a token
    that it is given, but the token's cookie, or session, would take the place of the
    visitor's own: forms that they have open would fail, or they would be logged out.
    """
    origin = request.headers.get("Origin")
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    # A client can send anything as an origin; "null" has no host.
    return origin is None or origin.partition("://")[2] == request.get_host()
