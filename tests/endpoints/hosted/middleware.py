"""Middleware of a project."""

from corsheaders.middleware import CorsMiddleware
from django.middleware.common import CommonMiddleware


def last_seen(get_response):
    """Read the user before and after every request."""

    def middleware(request):
        request.user.is_authenticated  # noqa: B018
        response = get_response(request)
        request.user.is_authenticated  # noqa: B018
        return response

    return middleware


class OwnCommonMiddleware(CommonMiddleware):
    pass


class OwnCorsMiddleware(CorsMiddleware):
    pass
