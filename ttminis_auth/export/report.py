"""What a person has to know about a package, in plain lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from django.urls import NoReverseMatch, reverse

from .files import Package
from .findings import Finding
from .rules import MEGABYTE, size

GUIDE = "https://django-ttminis-auth.readthedocs.io/en/latest/how-to/hosting.html"
# Of one warning in one file, by line.
MOST_NAMED = 3


def warnings(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield one line for each rule in each file: a library breaks some many times."""
    by_rule = sorted(findings, key=lambda f: (f.source, f.what, f.line or 0))
    for (source, what), some in groupby(by_rule, lambda f: (f.source, f.what)):
        lines = [str(finding.line) for finding in some if finding.line]
        more = len(lines) - MOST_NAMED
        named = ", ".join(lines[:MOST_NAMED]) + (
            f" and {more} more" if more > 0 else ""
        )
        yield f"Warning: {source}{named and ':'}{named}: {what}"


def verdict(warnings: int, waived: int) -> Iterator[str]:
    """Yield what the check has found, and what no check of files can know."""
    yield f"No errors; warnings: {warnings}, waived: {waived}."
    yield "The check read the files and ran nothing. It cannot know whether code that"
    yield "it warned of ever runs, which names and addresses scripts put together, or"
    yield "what TikTok's own scan looks for. That scan decides."


def files(package: Package) -> Iterator[str]:
    """Yield each file with its size, and the sum."""
    width = max(map(len, package), default=0)
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
    yield "  Test users:        at most 30, until the app is released; no others"
    yield "                     can log in"
    yield "Then pack the content of the directory, not the directory, and upload it."
    yield f"Step by step: {GUIDE}"


def _webhook(api_base: str) -> str:
    try:
        return api_base + reverse("ttminis_webhook")
    except NoReverseMatch:
        return "none yet: include ttminis_auth.webhooks.urls at a path"
