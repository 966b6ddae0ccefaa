"""All rules together, over a package in memory."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from . import config, rules_js, styles
from .files import CONFIG, PAGE, Package, is_remote
from .findings import Finding, Remark
from .rules_html import Page
from .scripts import Script
from .statics import SCRIPTS, STYLES

MEGABYTE = 1_000_000
PAGES = (".html", ".htm", ".svg")
# A tag that begins on one line and ends on another.
_LEFT_OVER = re.compile(rb"\{\{(?!.*\}\})|\{%(?!.*%\})")


@dataclass(frozen=True)
class Rules:
    """What a package is held against."""

    sdk_urls: frozenset[str]
    max_megabytes: float
    development: bool = False

    def findings(self, package: Package) -> list[Finding]:
        """Return what TikTok refuses or may refuse, by file and line."""
        found = {
            Finding(file.source, line or None, rule, detail)
            for path, file in package.items()
            for line, rule, detail in self._about(path, file.content, package)
        }
        found.update(_whole(package, self.max_megabytes))
        return sorted(found, key=lambda f: (f.source, f.line or 0, f.rule, f.detail))

    def _about(self, path: str, content: bytes, package: Package) -> Iterator[Remark]:
        lower = path.lower()
        if not content:
            yield 0, "empty-file", ""
        if path == CONFIG:
            yield from self._configuration(content)
        elif lower.endswith(SCRIPTS):
            script = Script(content)
            yield from rules_js.remarks(script, self.sdk_urls)
            yield from _missing(path, script.files(), package)
        elif lower.endswith(STYLES):
            asked = styles.references(content)
            yield from styles.remarks(asked)
            yield from _missing(path, [(n, to) for n, to, _ in asked], package)
        elif lower.endswith(PAGES):
            page = Page(content.decode("utf-8", "replace"), self.sdk_urls)
            yield from page.remarks
            yield from _missing(path, page.parts, package)
            if path == PAGE:
                yield from _page(content, page, package)

    def _configuration(self, content: bytes) -> Iterator[Remark]:
        key, domains = config.read(content)
        if not key:
            yield 1, "configuration", "names no client key"
        if not domains:
            yield 1, "configuration", "names no trusted domain"
        if len(domains) > config.MOST_DOMAINS:
            text = f"more than {config.MOST_DOMAINS} trusted domains"
            yield 1, "configuration", text
        for domain in domains:
            try:
                config.trusted_domain(domain, development=self.development)
            except ValueError as error:
                yield _line_of(content, domain.encode()), "configuration", str(error)


def size(package: Package) -> int:
    """Return how many bytes the files have together, before they are packed."""
    return sum(len(file.content) for file in package.values())


def _missing(
    path: str, parts: Iterable[tuple[int, str]], package: Package
) -> Iterator[Remark]:
    """Yield the addresses in the file at ``path`` that lead to no file."""
    for line, address in parts:
        part = "" if is_remote(address) else unquote(urlsplit(address).path)
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), part))
        if not part or target in package:
            continue
        is_there = posixpath.normpath(part.lstrip("/")) in package and part[0] == "/"
        yield line, "root-address" if is_there else "missing-file", address


def _page(content: bytes, page: Page, package: Package) -> Iterator[Remark]:
    """Yield what is wrong with the page that TikTok opens first."""
    configured = config.read(package[CONFIG].content)[0] if CONFIG in package else ""
    if not page.keys:
        text = f'an inline TTMinis.init({{clientKey: "{configured}"}}) is missing'
        yield 0, "init-call", text
    for line, key in page.keys:
        if key != configured:
            has = f"{CONFIG} has {configured or 'none'}"
            yield line, "init-call", f"TTMinis.init has {key}, {has}"
    for match in _LEFT_OVER.finditer(content):
        yield content.count(b"\n", 0, match.start()) + 1, "left-over", ""
    if b"csrfmiddlewaretoken" in content:
        yield _line_of(content, b"csrfmiddlewaretoken"), "csrf-token", ""


def _whole(package: Package, max_megabytes: float) -> Iterator[Finding]:
    for name in {PAGE, CONFIG}.difference(package):
        yield Finding(name, None, "missing-file", name)
    if (bytes_ := size(package)) > max_megabytes * MEGABYTE:
        largest = max(package.values(), key=lambda file: len(file.content))
        text = (
            f"the package has {bytes_ / MEGABYTE:.1f} MB, allowed are "
            f"{max_megabytes:g}; this is its largest file"
        )
        yield Finding(largest.source, None, "size", text)
    texts = [
        f.content for p, f in package.items() if p.lower().endswith((*SCRIPTS, *PAGES))
    ]
    for method in ("login", "authorize"):
        if not any(f"TTMinis.{method}(".encode() in text for text in texts):
            yield Finding(PAGE, None, f"{method}-call")


def _line_of(content: bytes, text: bytes) -> int:
    before, _, _ = content.partition(text)
    return before.count(b"\n") + 1
