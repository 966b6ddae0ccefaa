"""Reads JavaScript: names, texts and the other files that a script asks for.

The grammar is error-tolerant: what is too new for it is read as far as possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_LANGUAGE = Language(tree_sitter_javascript.language())

# All of them are the global object, or lead to one.
_GLOBALS = frozenset({"window", "self", "globalThis", "top", "parent", "frames"})
_UNKNOWN = "?"
_TEXTS = ("string", "template_string")

_ESCAPE = re.compile(
    r"\\(?:u\{(?P<long>[0-9a-f]+)\}|u(?P<four>[0-9a-f]{4})|x(?P<two>[0-9a-f]{2})"
    r"|(?P<end>\r\n|[\r\n\u2028\u2029])|(?P<other>.))",
    re.IGNORECASE | re.DOTALL,
)

Replace = Callable[[str, int], str | None]


def parse(content: bytes) -> Node:
    # The parser takes a null byte for the end, wherever it stands.
    return Parser(_LANGUAGE).parse(content.replace(b"\0", b" ")).root_node


def walk(root: Node) -> Iterator[Node]:
    """Yield every node, in the order of the file."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def line(node: Node) -> int:
    return node.start_point.row + 1


def path(node: Node | None) -> tuple[str, ...]:
    """Return what an expression names: ``window["a"].b`` is ``("a", "b")``.

    What only a running script knows is ``"?"``.
    """
    parts = _path(node)
    while len(parts) > 1 and parts[0] in _GLOBALS:
        parts = parts[1:]
    return parts


def text(node: Node | None) -> str | None:
    """Return the text that an expression is, escapes resolved; None if it is none."""
    if node is None:
        return None
    parts = [_literal(operand) for operand in _operands(node)]
    return None if None in parts else "".join(part or "" for part in parts)


def is_text(node: Node) -> bool:
    """Say whether an expression surely makes a text, even one not known yet."""
    return any(operand.type in _TEXTS for operand in _operands(node))


def arguments(call: Node) -> list[Node]:
    """Return the arguments of a call, or of ``new`` with or without brackets."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "arguments":  # eval`code` brings a template
        return []
    return without_comments(given)


def pairs(given: list[Node], key: str) -> Iterator[str]:
    """Yield the texts that objects among some arguments hold under a key, as written.

    Written with escapes they are no literals to whoever searches the page for them.
    """
    for pair in (child for node in given for child in node.named_children):
        value = pair.child_by_field_name("value")
        name = pair.child_by_field_name("key")
        if name is None or value is None or value.type != "string":
            continue
        if (text(name) or _raw(name)) == key:
            yield _raw(value)[1:-1]


def without_comments(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def rewrite(content: bytes, replace: Replace) -> bytes:
    """Replace the addresses of imported files, where ``replace`` gives another.

    ``replace`` is handed each address, and its line, as far as it is written out.
    """
    places = []
    for node in map(_import_of, walk(parse(content))):
        address = text(node)
        new = None if node is None or address is None else replace(address, line(node))
        if node is not None and new is not None:
            places.append((node.start_byte, node.end_byte, new))
    for start, end, new in sorted(places, reverse=True):
        content = content[:start] + f'"{new}"'.encode() + content[end:]
    return content


def imports(root: Node) -> Iterator[tuple[str, int]]:
    """Yield the address and line of each script that is imported."""
    for node in map(_import_of, walk(root)):
        address = text(node)
        if node is not None and address is not None:
            yield address, line(node)


def _import_of(node: Node) -> Node | None:
    """Return where a node names a file that belongs to the script."""
    if node.type in ("import_statement", "export_statement"):
        return node.child_by_field_name("source")
    if node.type == "call_expression":
        callee = node.child_by_field_name("function")
        is_import = callee is not None and callee.type == "import"
        return next(iter(arguments(node)), None) if is_import else None
    if node.type == "new_expression":
        return _beside_the_module(node)
    return None


def _beside_the_module(node: Node) -> Node | None:
    # new URL("./picture.png", import.meta.url), how modules find their other files
    given = arguments(node)
    is_url = path(node.child_by_field_name("constructor")) == ("URL",)
    if is_url and len(given) == 2 and _raw(given[1]) == "import.meta.url":
        return given[0]
    return None


def _path(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return (_UNKNOWN,)
    if node.type in ("identifier", "this", "shorthand_property_identifier"):
        return (_unescape(_raw(node)),)
    if node.type == "member_expression":
        name = _raw(node.child_by_field_name("property"))
        return (*path(node.child_by_field_name("object")), _unescape(name))
    if node.type == "subscript_expression":
        name_text = text(node.child_by_field_name("index"))
        return (*path(node.child_by_field_name("object")), name_text or _UNKNOWN)
    if node.type in ("parenthesized_expression", "sequence_expression"):
        return path(_last(node))
    return (_UNKNOWN,)


def _operands(node: Node) -> Iterator[Node]:
    """Yield what a chain of ``+`` puts together; bundlers write chains of thousands."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node.type == "parenthesized_expression":
            waiting.append(_last(node))
        elif node.type == "binary_expression" and _operator(node) == "+":
            waiting.extend(reversed(without_comments(node)))
        else:
            yield node


def _literal(node: Node) -> str | None:
    known = node.type in _TEXTS and not any(
        child.type == "template_substitution" for child in node.children
    )
    return _unescape(_raw(node)[1:-1]) if known else None


def _operator(node: Node) -> str:
    operator = node.child_by_field_name("operator")
    return "" if operator is None else operator.type


def _last(node: Node) -> Node:
    return (without_comments(node) or [node.children[0]])[-1]


def _raw(node: Node | None) -> str:
    source = None if node is None else node.text
    return (source or b"").decode("utf-8", "replace")


def _unescape(raw: str) -> str:
    return _ESCAPE.sub(_character, raw)


def _character(match: re.Match[str]) -> str:
    digits = match["long"] or match["four"] or match["two"]
    if digits:
        return chr(min(int(digits, 16), 0x10FFFF))
    other = match["other"] or ""
    return {"n": "\n", "t": "\t", "r": "\r"}.get(other, other)
