"""A strict Content-Security-Policy, to prove that silent login works under one.

A project would rather use django-csp, or Django 6's own; both offer the nonce too.
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
    """Allow this site, the SDK's host and people's pictures, and nothing else.

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
    """Say whether it is a page that somebody else wrote, with scripts in its midst.

    Django's yellow pages for developers are such, and so are those of admin themes.
    Django's own admin, and what ttminis_auth adds to it, live with the policy.
    """
    is_yellow = settings.DEBUG and response.status_code in (404, 500)
    return is_yellow or (bool(settings.THEME) and request.path.startswith("/admin/"))


def policy(nonce: str) -> str:
    ours = f"'self' {sdk_origin()}".strip()
    return (
        f"default-src {ours}; script-src {ours} 'nonce-{nonce}'; "
        f"img-src 'self' {pictures()}; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def sdk_origin() -> str:
    """Return the SDK's scheme and host, or "" where this site serves it itself."""
    return origin(conf.TTMINIS_SDK_URL)


def pictures() -> str:
    """Return where people's pictures may come from."""
    return origin(conf.TTMINIS_API_BASE_URL) if settings.SIMULATED else TIKTOK_PICTURES


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
