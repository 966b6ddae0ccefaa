"""What TikTok refuses in a page: its elements, its addresses, its inline scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from . import rules_js, styles
from .files import is_remote
from .findings import Remark
from .scripts import Script

_FRAMES = frozenset({"iframe", "frame", "fencedframe"})
_MAYBE_FRAMES = frozenset({"object", "embed"})
_URLS = frozenset({"href", "src", "action", "formaction", "xlink:href", "data"})
_JAVASCRIPT = ("", "module", "text/javascript", "application/javascript")
_STYLE_LINKS = frozenset({"stylesheet", "modulepreload"})
_TOUCH_ICONS = {"apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"}
_LINKS = _STYLE_LINKS | _TOUCH_ICONS | {"preload", "icon", "manifest"}
_PRELOADS = frozenset({"script", "style"})
# What a page cannot do without; a link for people to follow is no part of it.
_PARTS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src",),
    "source": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
# An address may hold commas, as those of "data:" do, and ends with none.
_IN_SRCSET = re.compile(r"([^\s,](?:\S*[^\s,])?)(?:,+(?=\s|$)|\s[^,]*|$)")
_INIT = re.compile(
    rb"TTMinis\s*\.\s*init\s*\(\s*\{[^{}]*?"
    rb"[\"']?\bclientKey[\"']?\s*:\s*(?P<quote>[\"'])(?P<key>[^\"']*)(?P=quote)"
)

Attributes = dict[str, str]


class Page(HTMLParser):
    """Reads a page once: remarks, client keys, and the files that it needs."""

    def __init__(self, html: str, allowed: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.remarks: list[Remark] = []
        # Of each literal TTMinis.init.
        self.keys: list[tuple[int, str]] = []
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
        found = _about(tag, given, self.allowed)
        self.remarks += [(self._line, rule, detail) for rule, detail in found]
        for name, value in given.items():
            if name.startswith("on"):
                self._note_script(self._line, Script(_encode(value)))
        self.parts += [(self._line, part) for part in _parts(tag, given)]

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
        """Read the script, style or import map that has just ended, if one has."""
        content, start = _encode("".join(self._text)), self._start
        if self._open == "script":
            script = Script(content)
            keys = ((script.line(m), m["key"].decode()) for m in script.code(_INIT))
            self.keys += [(start + line - 1, key) for line, key in keys]
            self._note_script(start, script)
            self.parts += [(start + n - 1, to) for n, to in script.files()]
        elif self._open == "style":
            asked = styles.references(content)
            self._note(start, styles.remarks(asked))
            self.parts += [(start + n - 1, to) for n, to, _ in asked]
        elif self._open == "importmap":
            self._note(start, _map_remarks(content))
        self._open, self._start, self._text = "", 0, []

    def _note_script(self, start: int, script: Script) -> None:
        self._note(start, rules_js.remarks(script, self.allowed))

    def _note(self, start: int, remarks: Iterable[Remark]) -> None:
        self.remarks += [(start + line - 1, rule, to) for line, rule, to in remarks]


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _kind(tag: str, given: Attributes) -> str:
    """Return "script", "style" or "importmap" for what follows, else nothing."""
    kind = given.get("type", "").strip().lower()
    if tag == "script":
        return tag if kind in _JAVASCRIPT else kind if kind == "importmap" else ""
    return tag if tag == "style" else ""


def _about(
    tag: str, given: Attributes, allowed: frozenset[str]
) -> Iterator[tuple[str, str]]:
    if tag in _FRAMES:
        yield "frame", ""
    if tag in _MAYBE_FRAMES:
        yield "dynamic-frame", ""
    if tag == "base" and "href" in given:
        yield "base", ""
    if any(_is_javascript(given[name]) for name in _URLS.intersection(given)):
        yield "javascript-address", ""
    for address in _code(tag, given):
        if (
            is_remote(address)
            and not _is_javascript(address)
            and address not in allowed
        ):
            yield "remote-file", address


def _parts(tag: str, given: Attributes) -> Iterator[str]:
    """Yield the addresses of what an element shows or loads."""
    # rel=canonical and its like name a page, and load nothing.
    if tag != "link" or _LINKS.intersection(_kinds(given)):
        yield from filter(None, map(given.get, _PARTS.get(tag, ())))
    for name in ("srcset", "imagesrcset"):
        yield from _IN_SRCSET.findall(given.get(name, ""))
    for _, address, _ in styles.references(_encode(given.get("style", ""))):
        yield address


def _is_javascript(address: str) -> bool:
    # Browsers ignore control characters and spaces within the scheme.
    return "".join(c for c in address if c > " ").lower().startswith("javascript:")


def _code(tag: str, given: Attributes) -> Iterator[str]:
    """Yield the addresses of scripts and styles that an element brings."""
    if tag == "script":
        yield from (given[n] for n in ("src", "href", "xlink:href") if n in given)
    if tag == "link" and "href" in given:
        as_ = given.get("as", "").lower()
        if _STYLE_LINKS.intersection(_kinds(given)) or as_ in _PRELOADS:
            yield given["href"]


def _kinds(given: Attributes) -> list[str]:
    return given.get("rel", "").lower().split()


def _map_remarks(content: bytes) -> Iterator[Remark]:
    try:
        waiting: list[object] = [json.loads(content)]
    except ValueError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, str) and is_remote(value):
            yield 1, "import-map", value
