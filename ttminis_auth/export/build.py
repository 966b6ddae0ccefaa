"""Makes a package of a template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin

from django.urls import get_resolver
from django.utils import translation

from . import config
from .files import CONFIG, PAGE, File, Package
from .render import render
from .statics import Statics


@dataclass(frozen=True)
class Order:
    """What is to be built, and for which app."""

    template: str
    client_key: str
    api_base: str
    trusted_domains: tuple[str, ...]
    context: dict[str, object]
    language: str


def build(order: Order) -> Package:
    """Return the package; raises Refused where the template cannot be rendered.

    The template gets ``client_key``, ``api_base``, ``ttminis_mode``, "token", and
    ``LANGUAGE_CODE`` and ``LANGUAGE_BIDI``, as by Django's context processor.
    """
    # Loaded now, because a URLconf may name static files while it is imported. In a
    # process that goes on, these would keep the addresses of the package.
    get_resolver().url_patterns  # noqa: B018
    statics = Statics()
    with statics.in_place(), translation.override(order.language):
        variables = {
            "client_key": order.client_key,
            "api_base": order.api_base,
            "ttminis_mode": "token",
            "LANGUAGE_CODE": order.language,
            "LANGUAGE_BIDI": translation.get_language_bidi(),
        }
        page = render(order.template, variables, order.context)
    configuration = config.document(order.client_key, order.trusted_domains)
    return {
        PAGE: File(page.encode(), PAGE),
        CONFIG: File(configuration, CONFIG),
        **statics.files(),
    }


def sdk_urls(
    sdk_url: str, bases: Iterable[str], *, development: bool
) -> frozenset[str]:
    """Return where the SDK may come from; in a rehearsal that may be a simulator.

    A setting such as ``/tiktok/sdk.js`` names it on each of the ``bases``.
    """
    if not development:
        return frozenset({sdk_url} if sdk_url.startswith("https://") else ())
    return frozenset(urljoin(f"{base}/", sdk_url) for base in bases)
