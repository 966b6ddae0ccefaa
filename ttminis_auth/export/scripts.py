"""Reads JavaScript: where it holds code, texts and comments, and what it imports.

Regular expressions find places, and the grammar says what stands there. It tolerates
what is too new for it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from functools import cached_property

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_LANGUAGE = Language(tree_sitter_javascript.language())
# For each sign that is none of these, a tree takes up to 500 bytes of memory.
_NO_SIGNS = (
    string.ascii_letters + string.digits + string.whitespace + "_$*'\""
).encode()
MOST_SIGNS = 450_000

_TEXTS = frozenset({"string_fragment"})
# A property identifier is a name that an object or class gives to something of its own.
_OTHERS = frozenset(
    {
        "comment",
        "escape_sequence",
        "hash_bang_line",
        "html_comment",
        "jsx_text",
        "property_identifier",
        "regex_flags",
        "regex_pattern",
    }
)

_ADDRESS = rb"(?P<quote>[\"'`])(?P<address>(?:(?!\$\{)[^\"'`\\\n])+)(?P=quote)"
# They begin with a word, because the search for one is fast, and then look back.
_IMPORTS = (
    re.compile(rb"from(?<![\w$.]from)\s*" + _ADDRESS),
    re.compile(rb"import(?<![\w$.]import)\s*(?:\(\s*)?(?:/\*[^*]*\*/\s*)*" + _ADDRESS),
)
# How modules find their other files.
_URL = re.compile(rb"new\s+URL\s*\(\s*" + _ADDRESS + rb"(?=\s*,\s*import\.meta\.url\b)")

_BARE = re.compile(r"[^./:]+(?:[./]|$)")
Replace = Callable[[str], str | None]


class Script:
    """One script. What is too large to be parsed is searched as mere text."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def code(self, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
        """Yield matches whose last letter is code."""
        return self._matches(pattern, lambda kind: kind not in _TEXTS | _OTHERS)

    def texts(self, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
        """Yield matches whose last letter is in a string or template."""
        return self._matches(pattern, _TEXTS.__contains__)

    def imports(self) -> Iterator[tuple[re.Match[bytes], str]]:
        """Yield where the script names a file that belongs to it, and the address."""
        for pattern in (*_IMPORTS, _URL):
            for match in self.code(pattern):
                address = match["address"].decode("utf-8", "replace")
                # To URL() a bare name is a file, to import it is a package.
                is_file = pattern is _URL and _BARE.match(address)
                yield match, f"./{address}" if is_file else address

    def files(self) -> Iterator[tuple[int, str]]:
        """Yield line and address of each import that is no package and not remote."""
        for match, address in self.imports():
            if address.startswith((".", "/")):
                yield self.line(match), address

    def line(self, match: re.Match[bytes]) -> int:
        return self.content.count(b"\n", 0, match.start()) + 1

    def _matches(
        self, pattern: re.Pattern[bytes], wanted: Callable[[str], bool]
    ) -> Iterator[re.Match[bytes]]:
        for match in pattern.finditer(self.content):
            last = match.end() - 1
            if self._root is None:
                if not self._is_in_comment_line(last):
                    yield match
            else:
                node = self._root.descendant_for_byte_range(last, last + 1)
                if node is not None and wanted(node.type):
                    yield match

    def _is_in_comment_line(self, at: int) -> bool:
        start = self.content.rfind(b"\n", 0, at) + 1
        return self.content[start : start + 100].lstrip().startswith((b"*", b"//"))

    @cached_property
    def _root(self) -> Node | None:
        if len(self.content.translate(None, _NO_SIGNS)) > MOST_SIGNS:
            return None
        # The parser takes a null byte for the end, wherever it stands.
        return Parser(_LANGUAGE).parse(self.content.replace(b"\0", b" ")).root_node


def rewrite(content: bytes, replace: Replace) -> bytes:
    """Replace the addresses of imported files, where ``replace`` gives another."""
    # The tree is gone before ``replace`` reads another script.
    places = [
        (match.start("quote"), match.end(), address)
        for match, address in Script(content).imports()
    ]
    for start, end, address in sorted(places, reverse=True):
        new = replace(address)
        if new is not None:
            content = content[:start] + f'"{new}"'.encode() + content[end:]
    return content
