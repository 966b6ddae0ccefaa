"""Whether the project includes an address."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from ..conf import conf


def is_included(url_name: str) -> bool:
    """Return whether the project's URLs lead there; False where it has none at all."""
    try:
        return conf.has_urls and bool(reverse(url_name))
    except NoReverseMatch:
        return False
