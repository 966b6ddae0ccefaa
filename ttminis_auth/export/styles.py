"""Reads CSS: what a style sheet imports and shows.

Fonts and pictures may be remote: TikTok's restrictions name scripts and styles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import tinycss2
from tinycss2.ast import AtKeywordToken, FunctionBlock, Node, StringToken, URLToken

from .files import is_remote
from .findings import Remark

Replace = Callable[[str], str | None]

# A text directly inside one of these is an address; in type("image/png") it is not.
_OF_ADDRESSES = frozenset({"url", "image-set", "-webkit-image-set"})


def rewrite(content: bytes, replace: Replace) -> bytes:
    """Replace what ``url()`` and ``@import`` ask for, where ``replace`` gives another.

    A sheet in which nothing is replaced keeps its every byte.
    """
    nodes = _parse(content)
    changed = False
    for token, _ in _references(nodes):
        new = replace(token.value)
        if new is not None:
            is_string = token.type == "string"
            token.representation = f'"{new}"' if is_string else f"url({new})"
            changed = True
    if not changed:
        return content
    return str(tinycss2.serialize(nodes)).encode()


def references(content: bytes) -> list[tuple[int, str, bool]]:
    """Return line and address of what a sheet asks for, and whether it is a sheet."""
    found = _references(_parse(content))
    return [(token.source_line, token.value, is_import) for token, is_import in found]


def remarks(references: Iterable[tuple[int, str, bool]]) -> Iterator[Remark]:
    """Yield where a style sheet imports another one that is not in the package."""
    for line, address, is_import in references:
        if is_import and is_remote(address):
            yield line, "remote-file", address


def _parse(content: bytes) -> list[Node]:
    # As browsers do with a sheet of a page in UTF-8.
    return tinycss2.parse_component_value_list(content.decode("utf-8", "replace"))


def _references(nodes: Iterable[Node]) -> Iterator[tuple[URLToken | StringToken, bool]]:
    """Yield each token that holds an address, and whether a sheet stands there."""
    is_import = False
    for n in nodes:
        if isinstance(n, AtKeywordToken):
            is_import = n.lower_value == "import"
        elif isinstance(n, URLToken) or (is_import and isinstance(n, StringToken)):
            yield n, is_import
            is_import = False
        elif isinstance(n, FunctionBlock) and n.lower_name in _OF_ADDRESSES:
            for a in n.arguments:
                if isinstance(a, StringToken):
                    yield a, is_import
                else:
                    yield from _references([a])
            is_import = False
        elif n.type not in ("whitespace", "comment"):
            is_import = False
            yield from _references(_inside(n))


def _inside(node: Node) -> list[Node]:
    if isinstance(node, FunctionBlock):
        return list(node.arguments)
    return list(getattr(node, "content", ()))
