"""What TikTok refuses in a page: its elements, its addresses, its inline scripts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from . import rules_css, rules_js, scripts
from .files import is_remote
from .rules_js import FRAME, JAVASCRIPT_URL, REMOTE, Remark, is_javascript

_URLS = frozenset({"href", "src", "action", "formaction", "xlink:href", "data"})
_JAVASCRIPT = ("", "module", "text/javascript", "application/javascript")
_STYLE_LINKS = frozenset({"stylesheet", "modulepreload"})
_PRELOADS = frozenset({"script", "style"})
# What a page cannot do without; a link for people to follow is no part of it.
_PARTS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "track": "src",
}

Attributes = dict[str, str]


class Page(HTMLParser):
    """Reads a page once: remarks, inline scripts, and the files that it needs."""

    def __init__(self, html: str, allowed: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.remarks: list[Remark] = []
        self.scripts: list[tuple[int, str]] = []
        self.parts: list[tuple[int, str]] = []
        self._open = ""
        self._start = 0
        self._text: list[str] = []
        self.feed(html)
        self.close()
        self._end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._end()
        self._open = _kind(tag, given)
        self._say(*_about(tag, given, self.allowed))
        for name, value in given.items():
            if name.startswith("on"):
                self._read_script(self._line, value)
        part = given.get(_PARTS.get(tag, ""), "")
        if part and not is_remote(part):
            self.parts.append((self._line, part))

    def handle_endtag(self, tag: str) -> None:
        self._end()

    def handle_data(self, data: str) -> None:
        # The parser hands a script over in pieces, cut at every "</".
        if self._open:
            self._start = self._start or self._line
            self._text.append(data)

    def parse_html_declaration(self, i: int) -> int:
        # Browsers read "<![" as a comment; some versions of Python's parser give up.
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    @property
    def _line(self) -> int:
        return self.getpos()[0]

    def _end(self) -> None:
        """Read the script or style that has just ended, if one has."""
        code, start = "".join(self._text), self._start
        if self._text and self._open == "script":
            self.scripts.append((start, code))
            self._read_script(start, code)
        elif self._text:
            self._note(start, rules_css.remarks(code.encode("utf-8", "replace")))
        self._open, self._start, self._text = "", 0, []

    def _read_script(self, start: int, code: str) -> None:
        content = code.encode("utf-8", "replace")
        self._note(start, script_remarks(content, self.allowed))

    def _note(self, start: int, remarks: Iterable[Remark]) -> None:
        self.remarks += [(start + line - 1, what) for line, what in remarks]

    def _say(self, *remarks: str) -> None:
        self.remarks += [(self._line, what) for what in remarks]


def script_remarks(content: bytes, allowed: frozenset[str]) -> Iterator[Remark]:
    """Yield what TikTok refuses in a script, and in the HTML that it writes."""
    script = rules_js.read(content, allowed)
    yield from script.remarks
    for line, html in script.markup:
        yield from ((line, what) for _, what in Page(html, allowed).remarks)


def missing(path: str, page: Page, names: frozenset[str]) -> Iterator[Remark]:
    """Yield the parts of the page at ``path`` that are not among those files."""
    for line, address in page.parts:
        part = unquote(urlsplit(address).path)
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), part))
        if part and target not in names:
            yield line, f"{address} is not in the package"


def init_keys(page: Page) -> list[tuple[int, str]]:
    """Return line and client key of each literal ``TTMinis.init`` in the page."""
    return [
        (start + scripts.line(node) - 1, key)
        for start, code in page.scripts
        for node in scripts.walk(scripts.parse(code.encode("utf-8", "replace")))
        if node.type == "call_expression"
        and scripts.path(node.child_by_field_name("function")) == ("TTMinis", "init")
        for key in scripts.pairs(scripts.arguments(node), "clientKey")
    ]


def _kind(tag: str, given: Attributes) -> str:
    """Return "script" or "style" if what follows is one, else nothing."""
    if tag == "script" and given.get("type", "").strip().lower() in _JAVASCRIPT:
        return tag
    return tag if tag == "style" else ""


def _about(tag: str, given: Attributes, allowed: frozenset[str]) -> Iterator[str]:
    if tag in rules_js.FRAMES:
        yield FRAME
    if tag == "base" and "href" in given:
        yield "base moves every address of the package"
    if any(is_javascript(given[name]) for name in _URLS.intersection(given)):
        yield JAVASCRIPT_URL
    for address in _code(tag, given):
        if is_remote(address) and not is_javascript(address) and address not in allowed:
            yield REMOTE.format(address)


def _code(tag: str, given: Attributes) -> Iterator[str]:
    """Yield the addresses of scripts and styles that an element brings."""
    if tag == "script":
        yield from (given[n] for n in ("src", "href", "xlink:href") if n in given)
    if tag == "link" and "href" in given:
        kinds = given.get("rel", "").lower().split()
        if _STYLE_LINKS.intersection(kinds) or given.get("as", "").lower() in _PRELOADS:
            yield given["href"]
