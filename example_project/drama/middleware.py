"""A strict Content-Security-Policy, to prove that silent login works under one.

In your project, use django-csp or Django 6's own policy; both offer the nonce as well.
"""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ttminis_auth.conf import conf

# TikTok does not say which hosts serve pictures. These families have been seen.
TIKTOK_PICTURES = (
    "https://*.tiktokcdn.com https://*.tiktokcdn-us.com https://*.tiktokcdn-eu.com"
)


class ContentSecurityPolicyMiddleware:
    """Allow this site, the SDK's host and the users' pictures, and nothing else.

    Inline scripts need the nonce.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        if not is_inline(request, response):
            response.headers.setdefault("Content-Security-Policy", policy(nonce))
        return response


def is_inline(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether the page has inline scripts that this project cannot change.

    Django's debug pages and the pages of admin themes have some. Django's own admin and
    the pages of ttminis_auth in it work with the policy.
    """
    is_debug = settings.DEBUG and response.status_code in (404, 500)
    return is_debug or (bool(settings.THEME) and request.path.startswith("/admin/"))


def policy(nonce: str) -> str:
    ours = f"'self' {sdk_origin()}".strip()
    return (
        f"default-src {ours}; script-src {ours} 'nonce-{nonce}'; "
        f"img-src 'self' {pictures()}; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def sdk_origin() -> str:
    """Return the SDK's scheme and host, or "" if this site serves it."""
    return origin(conf.TTMINIS_SDK_URL)


def pictures() -> str:
    """Return the origins of the users' pictures."""
    return origin(conf.TTMINIS_API_BASE_URL) if settings.SIMULATED else TIKTOK_PICTURES


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
