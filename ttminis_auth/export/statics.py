"""The static files of a page, under names made from their content.

A file's name carries a hash of itself and of all that it leads to, so a changed picture
renames the style sheet that shows it, and scripts may import each other in a circle.
Every address is relative: it is unknown under which path TikTok serves a package.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from django.contrib.staticfiles import finders, storage
from django.templatetags.static import PrefixNode

from . import scripts, styles
from .files import File, is_remote
from .findings import Unfit

FOLDER = "static"
SCRIPTS = (".js", ".mjs")
STYLES = (".css",)

Rewrite = Callable[[bytes, Callable[[str], str | None]], bytes]


class NoSuchFile(Unfit):
    """The page, or a file of it, asks for a static file that is not there."""


@dataclass
class _Static:
    """One static file, and by name those that it asks for."""

    content: bytes
    needs: list[str] = field(default_factory=list)

    @cached_property
    def digest(self) -> str:
        return _digest(self.content)


class Statics:
    """Collects what ``{% static %}`` names, and what those files lead to."""

    def __init__(self) -> None:
        self._found: dict[str, _Static] = {}
        self._paths: dict[str, str] = {}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let ``{% static %}`` and form media answer with addresses in the package.

        Django's own tests swap the storage in the same way; a command has the process
        to itself.
        """
        lazy: Any = storage.staticfiles_storage
        before = lazy._wrapped
        lazy._wrapped = self
        try:
            yield
        finally:
            lazy._wrapped = before

    def url(self, name: str | None) -> str:
        """Return the address from the page, and take the file into the package."""
        wanted = urlsplit(name or "")
        path = _normal(unquote(wanted.path))
        self._take(path)
        # With "./" in front it is an address even for import in an inline script.
        return f"./{quote(self.path(path))}{_suffix(wanted)}"

    def path(self, name: str) -> str:
        """Return where a file that was taken stands in the package."""
        if name not in self._paths:
            needed = sorted(self._all_needed(name))
            lines = "\n".join(f"{each} {self._found[each].digest}" for each in needed)
            stem, extension = posixpath.splitext(name)
            self._paths[name] = f"{FOLDER}/{stem}.{_digest(lines.encode())}{extension}"
        return self._paths[name]

    def files(self) -> dict[str, File]:
        """Return all of them, with addresses that hold in the package."""
        return {
            self.path(name): File(self._rewritten(name), name)
            for name in sorted(self._found)
        }

    def _take(self, name: str) -> None:
        """Read a file and all that it leads to; raises NoSuchFile."""
        if name in self._found:
            return
        static = self._found[name] = _Static(_read(name))

        def note(address: str) -> None:
            target = self._target(name, address)
            if target is not None:
                # The check of the package reports a missing file, with its line.
                with suppress(NoSuchFile):
                    self._take(target)
                    static.needs.append(target)

        _rewriter(name)(static.content, note)

    def _rewritten(self, name: str) -> bytes:
        here = posixpath.dirname(self.path(name))

        def relative(address: str) -> str | None:
            target = self._target(name, address)
            if target is None or target not in self._found:
                return None
            path = quote(posixpath.relpath(self.path(target), here))
            dotted = path if path.startswith("../") else f"./{path}"
            return dotted + _suffix(urlsplit(address))

        return _rewriter(name)(self._found[name].content, relative)

    def _all_needed(self, name: str) -> set[str]:
        needed = {name}
        waiting = [name]
        while waiting:
            new = set(self._found[waiting.pop()].needs) - needed
            needed |= new
            waiting.extend(new)
        return needed

    def _target(self, base: str, address: str) -> str | None:
        """Return the static file that ``base`` asks for, None if it is none of ours."""
        inside = address.removeprefix(self._prefix)
        if inside != address:
            return _normal(unquote(urlsplit(inside).path))
        if is_remote(address):
            return None
        parts = urlsplit(address)
        is_bare = base.endswith(SCRIPTS) and not address.startswith(("./", "../", "/"))
        if not parts.path or is_bare:
            return None
        return _normal(posixpath.join(posixpath.dirname(base), unquote(parts.path)))

    @cached_property
    def _prefix(self) -> str:
        return str(PrefixNode.handle_simple("STATIC_URL"))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _normal(name: str) -> str:
    """Return the one name of a static file that has several, such as ``a/../b.js``."""
    return posixpath.normpath(name) if name else name


def _read(name: str) -> bytes:
    # In a directory "statics", Django finds "../statics/a.js", too. In a package this
    # name would lead out.
    parts = re.split(r"[/\\]", name)
    leads_out = name.startswith(("/", "\\")) or ".." in parts
    found = None if leads_out else finders.find(name)
    if not isinstance(found, str) or not Path(found).is_file():
        raise NoSuchFile(
            f"there is no static file {name!r} (manage.py findstatic looks for one)"
        )
    return Path(found).read_bytes()


def _rewriter(name: str) -> Rewrite:
    if name.endswith(SCRIPTS):
        return scripts.rewrite
    if name.endswith(STYLES):
        return styles.rewrite
    return lambda content, replace: content


def _suffix(parts: SplitResult) -> str:
    """Return what follows the path: some need ``#icon``, old fonts ``?#iefix``."""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return query + fragment
