"""Renders the page without a request, and fails where it needs one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.template import Context, TemplateDoesNotExist, engines
from django.template.backends.django import DjangoTemplates
from django.template.base import Node, Template
from django.utils.module_loading import import_string

from .files import PAGE
from .findings import Finding, Refused, Unfit

# What Django's context processors take from a request.
_OF_A_REQUEST = frozenset({"request", "user", "perms", "messages"})
# Half of a pair of surrogates, which a JSON file of --context may name.
_HALF = re.compile("[\ud800-\udfff]")


class NeedsRequest(Unfit):
    """The template asks who is there; in a package the page's script does that."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is known only in a request, and a package is the same for all. "
            'Put it under {% if ttminis_mode != "token" %}, or let the script ask.'
        )


class PageContext(Context):
    """Variables for a page that is rendered without a request.

    Django takes an unknown variable for empty, so a page without a user would come out
    without a word. This context raises NeedsRequest in its place; tags, which look
    with ``get()``, still find that there is no request.
    """

    def __init__(self, values: dict[str, object], *, autoescape: bool) -> None:
        super().__init__({"csrf_token": _Token(), **values}, autoescape=autoescape)
        # {% if a and user.b %} swallows every exception, so it is noted here.
        self.missed: list[tuple[str, str]] = []

    def __getitem__(self, key: int | str | Node) -> object:
        if key in _OF_A_REQUEST and key not in self:
            template: Any = self.render_context.template
            self.missed.append((str(template.origin.name), str(key)))
            raise NeedsRequest(str(key))
        return super().__getitem__(key)


def render(name: str, variables: dict[str, object], given: dict[str, object]) -> str:
    """Return the page as text; raises Refused, with the line if Django gives it.

    ``variables`` win over ``given``, which the developer adds. These may be secrets, so
    the texts of errors that may repeat them are left out.
    """
    try:
        template = _template(name)
    except Exception as error:
        raise Refused([_finding(name, error)]) from error
    context = PageContext({**given, **variables}, autoescape=template.engine.autoescape)
    try:
        page = template.render(context)
    except (Unfit, ImproperlyConfigured) as error:
        raise Refused([_finding(name, error)]) from error
    except Exception as error:
        if not given:
            raise Refused([_finding(name, error)]) from error
        raise Refused([_finding(name, error, hide=True)]) from None
    if context.missed:
        raise Refused(
            Finding(at, None, "template", str(NeedsRequest(key)))
            for at, key in context.missed
        )
    if halves := list(_halves(str(page))):
        raise Refused(halves)
    return str(page)


def _halves(page: str) -> Iterator[Finding]:
    for number, line in enumerate(page.splitlines(), 1):
        if _HALF.search(line):
            what = "half a character, which no file can hold"
            yield Finding(PAGE, number, "template", what)


class _Token:
    """Stands where Django looks for a CSRF token; raises when a template shows it."""

    def __str__(self) -> str:
        raise NeedsRequest("csrf_token")


def _template(name: str) -> Template:
    missing: list[TemplateDoesNotExist] = []
    for engine in _engines():
        try:
            template: Any = engine.get_template(name)
        except TemplateDoesNotExist as error:
            missing.append(error)
        else:
            return template.template  # type: ignore[no-any-return]
    raise TemplateDoesNotExist(name, chain=missing)


def _engines() -> Iterator[DjangoTemplates]:
    """Yield engines as the settings configure them, but such that errors know lines."""
    for params in engines.templates.values():
        engine = import_string(params["BACKEND"])
        if issubclass(engine, DjangoTemplates):
            options = {**params["OPTIONS"], "debug": True}
            rest = {key: params[key] for key in ("NAME", "DIRS", "APP_DIRS")}
            yield engine({**rest, "OPTIONS": options})


def _finding(name: str, error: Exception, *, hide: bool = False) -> Finding:
    where = getattr(error, "template_debug", {})
    what = "its text may repeat --context and is left out" if hide else str(error)
    if not isinstance(error, Unfit):
        what = f"{type(error).__name__}: {what}"
    return Finding(str(where.get("name", name)), where.get("line"), "template", what)
