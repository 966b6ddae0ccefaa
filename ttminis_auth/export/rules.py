"""All rules together, over a package in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from . import config, rules_css, rules_html
from .files import CONFIG, PAGE, File, Finding, Package
from .rules_html import Page
from .rules_js import Remark, first_error
from .statics import SCRIPTS, STYLES

MEGABYTE = 1_000_000
PAGES = (".html", ".htm", ".svg")
LOGIN = b"TTMinis.login("


@dataclass(frozen=True)
class Rules:
    """What a package is held against."""

    sdk_urls: frozenset[str]
    max_megabytes: float
    development: bool = False

    def findings(self, package: Package) -> list[Finding]:
        """Return what TikTok would refuse, by file and line."""
        about = (self._about(path, file) for path, file in package.items())
        found = [finding for some in about for finding in some]
        found += [*_whole(package, self.max_megabytes), *self._page(package)]
        return sorted(set(found), key=_place)

    def _about(self, path: str, file: File) -> Iterator[Finding]:
        if not file.content:
            yield Finding(file.source, None, "is empty")
        for line, what in self._remarks(path)(file.content):
            yield Finding(file.source, line, what)

    def _remarks(self, path: str) -> Callable[[bytes], Iterable[Remark]]:
        lower = path.lower()
        if lower.endswith(SCRIPTS):
            return lambda content: rules_html.script_remarks(content, self.sdk_urls)
        if lower.endswith(STYLES):
            return rules_css.remarks
        if lower.endswith(PAGES):
            return lambda content: self._read(content).remarks
        if path == CONFIG:
            return self._configuration
        return lambda content: ()

    def _configuration(self, content: bytes) -> Iterator[Remark]:
        key, domains = config.read(content)
        if not key:
            yield 1, "names no client key"
        if not domains:
            yield 1, "names no trusted domain"
        if len(domains) > config.MOST_DOMAINS:
            yield 1, f"more than {config.MOST_DOMAINS} trusted domains"
        for domain in domains:
            try:
                config.trusted_domain(domain, development=self.development)
            except ValueError as error:
                yield _line_of(content, domain), str(error)

    def _page(self, package: Package) -> Iterator[Finding]:
        if PAGE not in package:
            yield Finding(PAGE, None, "is missing")
            return
        page = self._read(package[PAGE].content)
        remarks = (
            *rules_html.missing(PAGE, page, frozenset(package)),
            *_init(page, package),
        )
        for line, what in remarks:
            yield Finding(package[PAGE].source, line or None, what)

    def _read(self, content: bytes) -> Page:
        return Page(content.decode("utf-8", "replace"), self.sdk_urls)


def unreadable(package: Package) -> Iterator[Finding]:
    """Yield scripts in which our grammar finds an error, or something newer than it.

    They were searched as far as possible, which is worth a word and no refusal.
    """
    for path, file in package.items():
        if path.lower().endswith(SCRIPTS) and (line := first_error(file.content)):
            what = "is no JavaScript that we know; it was searched all the same"
            yield Finding(file.source, line, what)


def size(package: Package) -> int:
    """Return how many bytes the files have together, before they are packed."""
    return sum(len(file.content) for file in package.values())


def _whole(package: Package, max_megabytes: float) -> Iterator[Finding]:
    if CONFIG not in package:
        yield Finding(CONFIG, None, "is missing")
    if (bytes_ := size(package)) > max_megabytes * MEGABYTE:
        largest = max(package.values(), key=lambda file: len(file.content))
        yield Finding(
            largest.source,
            None,
            f"the package has {bytes_ / MEGABYTE:.1f} MB, allowed are "
            f"{max_megabytes:g}; this is its largest file",
        )
    texts = (f.content for p, f in package.items() if p.endswith((*SCRIPTS, *PAGES)))
    if not any(LOGIN in text for text in texts):
        yield Finding(
            PAGE,
            None,
            "TikTok's upload scan looks for TTMinis.login(, which is nowhere",
        )


def _init(page: Page, package: Package) -> Iterator[Remark]:
    """Yield how the page differs from what TikTok's command line wants of it."""
    configured = config.read(package[CONFIG].content)[0] if CONFIG in package else ""
    found = rules_html.init_keys(page)
    if not found:
        yield 0, f'an inline TTMinis.init({{clientKey: "{configured}"}}) is missing'
    for line, key in found:
        if key != configured:
            yield line, f"TTMinis.init has {key}, {CONFIG} has {configured or 'none'}"


def _line_of(content: bytes, text: str) -> int:
    before, _, _ = content.partition(text.encode())
    return before.count(b"\n") + 1


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.source, finding.line or 0, finding.what
