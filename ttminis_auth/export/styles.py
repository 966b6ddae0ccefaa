"""Reads CSS: what a style sheet imports and shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tinycss2

Replace = Callable[[str, int], str | None]


def rewrite(content: bytes, replace: Replace) -> bytes:
    """Replace what ``url()`` and ``@import`` ask for, where ``replace`` gives another.

    A sheet in which nothing is replaced keeps its every byte.
    """
    nodes = _parse(content)
    changed = False
    for token, _ in _references(nodes):
        new = replace(token.value, token.source_line)
        if new is not None:
            is_string = token.type == "string"
            token.representation = f'"{new}"' if is_string else f"url({new})"
            changed = True
    if not changed:
        return content
    return str(tinycss2.serialize(nodes)).encode()


def imports(content: bytes) -> Iterator[tuple[str, int]]:
    """Yield the address and line of each style sheet that is imported."""
    for token, is_import in _references(_parse(content)):
        if is_import:
            yield token.value, token.source_line


def _parse(content: bytes) -> list[Any]:
    # As browsers do with a sheet of a page in UTF-8.
    return tinycss2.parse_component_value_list(content.decode("utf-8", "replace"))


def _references(nodes: Iterable[Any]) -> Iterator[tuple[Any, bool]]:
    """Yield each token that holds an address, and whether a sheet stands there."""
    is_import = False
    for node in nodes:
        if node.type == "at-keyword":
            is_import = node.lower_value == "import"
        elif node.type == "url" or (node.type == "string" and is_import):
            yield node, is_import
            is_import = False
        elif node.type == "function" and node.lower_name == "url":
            yield from ((n, is_import) for n in node.arguments if n.type == "string")
            is_import = False
        elif node.type not in ("whitespace", "comment"):
            is_import = False
            yield from _references(_inside(node))


def _inside(node: Any) -> list[Any]:
    if node.type == "function":
        return list(node.arguments)
    return list(getattr(node, "content", ()))
