"""Views that an open page polls."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

View = Callable[..., HttpResponse]


def polled(view: View) -> View:
    """Allow only GET, do not cache, and leave the session cookie alone.

    A request that was sent before a login and is answered after it belongs to a session
    that has ended. Django would then delete the session cookie, which is the new one in
    the browser.
    """

    @wraps(view)
    def leaving_the_cookie(
        request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response = view(request, *args, **kwargs)
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return response

    return never_cache(require_GET(leaving_the_cookie))
