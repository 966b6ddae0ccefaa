"""What a person has to know about a package, in plain lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.urls import NoReverseMatch, reverse

from .files import Package
from .rules import MEGABYTE, size


def files(package: Package) -> Iterator[str]:
    """Yield each file with its size, and the sum."""
    width = max(map(len, package))
    for path, file in sorted(package.items()):
        yield f"  {path:<{width}}  {len(file.content):>10,} bytes"
    yield f"{len(package)} files, {size(package) / MEGABYTE:.2f} MB before packing."


def portal(api_base: str, trusted_domains: Iterable[str]) -> Iterator[str]:
    """Yield what to enter in TikTok's developer portal."""
    yield "Enter in TikTok's developer portal:"
    yield "  Trusted domains:   " + ", ".join(trusted_domains)
    yield "  Webhook address:   " + _webhook(api_base)
    yield "  Terms of service and privacy policy: both addresses, or each login fails"
    yield "                     with error 102102"
    yield "  Test users:        at most 30, until the app is released; nobody else"
    yield "                     can log in"
    yield "Then pack the content of the directory, not the directory, and upload it."
    yield "Step by step: docs/hosting.rst."


def _webhook(api_base: str) -> str:
    try:
        return api_base + reverse("ttminis_webhook")
    except NoReverseMatch:
        return "none yet: include ttminis_auth.webhooks.urls at a path"
