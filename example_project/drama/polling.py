"""Questions that a page asks by itself, at any moment."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

View = Callable[..., HttpResponse]


def polled(view: View) -> View:
    """Let a page ask while it is being logged in, too.

    A question that was sent before the login and is answered after it belongs to a
    session that is gone. Django then deletes the session's cookie; in the browser,
    that would be the new one.
    """

    @wraps(view)
    def leaving_the_cookie(
        request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response = view(request, *args, **kwargs)
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return response

    return never_cache(require_GET(leaving_the_cookie))
