"""A strict Content-Security-Policy, to prove that silent login works under one.

A project would rather use django-csp, or Django 6's own; both offer the nonce too.
"""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ttminis_auth.conf import conf


class ContentSecurityPolicyMiddleware:
    """Allow this site and the SDK's host, and no inline script without the nonce."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        # Django's yellow pages for developers are all inline.
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault("Content-Security-Policy", policy(nonce))
        return response


def policy(nonce: str) -> str:
    ours = f"'self' {sdk_origin()}".strip()
    return (
        f"default-src {ours}; script-src {ours} 'nonce-{nonce}'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def sdk_origin() -> str:
    """Return the SDK's scheme and host, or "" where this site serves it itself."""
    sdk = urlsplit(conf.TTMINIS_SDK_URL)
    return f"{sdk.scheme}://{sdk.netloc}" if sdk.netloc else ""
