"""What TikTok refuses in a script, told from texts and comments that mention it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from . import scripts
from .files import is_remote

EVAL = "eval runs text as code"
FUNCTION = "the Function constructor runs text as code"
TIMER = "a timer runs text as code; hand it a function"
FRAME = "frames are not allowed"
REMOTE = "scripts and styles must come from the package, not from {}"
JAVASCRIPT_URL = "javascript: addresses run text as code"

FRAMES = frozenset({"iframe", "frame"})

# What a script says at a line.
Remark = tuple[int, str]

_FUNCTION = {("Function", *rest) for rest in ((), ("call",), ("apply",), ("bind",))}
_TIMERS = {"setTimeout", "setInterval"}
_MAKERS = {"createElement": 0, "createElementNS": 1}
_LOADERS = {("importScripts",), ("Worker",), ("SharedWorker",)}
_GOERS = {("open",), ("location", "assign"), ("location", "replace")}
_ADDRESSES = {"href", "src", "action", "location"}
_WRITERS = {"write", "writeln", "insertAdjacentHTML"}
_MARKUP = {"innerHTML", "outerHTML"}
_NAMES = {
    "identifier",
    "shorthand_property_identifier",
    "member_expression",
    "subscript_expression",
}
_SCOPES = {
    "program",
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function",
    "generator_function_declaration",
}


@dataclass
class Script:
    """What one script does that matters to TikTok."""

    remarks: list[Remark] = field(default_factory=list)
    # HTML that the script puts into the page, as far as it is written out.
    markup: list[tuple[int, str]] = field(default_factory=list)


def is_javascript(address: str) -> bool:
    # Browsers ignore control characters and spaces within the scheme.
    return "".join(c for c in address if c > " ").lower().startswith("javascript:")


def read(content: bytes, allowed: frozenset[str]) -> Script:
    """Return what a script does; ``allowed`` is where the SDK may come from."""
    return _Reader(allowed).read(scripts.parse(content))


def first_error(content: bytes) -> int | None:
    """Return the line from which on a script is no JavaScript to us."""
    root = scripts.parse(content)
    if not root.has_error:
        return None
    broken = (n for n in scripts.walk(root) if n.is_error or n.is_missing)
    return min(map(scripts.line, broken))


class _Reader:
    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.script = Script()
        # Which variables hold a <script> or <link>, and who is given a remote address:
        # (where, what), compared when the whole script is known.
        self.made: set[tuple[int, tuple[str, ...]]] = set()
        self.loads: list[tuple[Node, tuple[str, ...], str]] = []

    def read(self, root: Node) -> Script:
        for address, line in scripts.imports(root):
            self._must_be_ours(line, address)
        for node in scripts.walk(root):
            for what in self._about(node):
                self._say(node, what)
        for node, holder, address in self.loads:
            if any((scope, holder) in self.made for scope in _scopes(node)):
                self._must_be_ours(scripts.line(node), address)
        return self.script

    def _about(self, node: Node) -> Iterator[str]:
        if node.type in _NAMES and scripts.path(node) == ("eval",):
            yield EVAL
        if node.type in ("call_expression", "new_expression"):
            yield from self._call(node)
        elif node.type == "assignment_expression":
            yield from self._assignment(node)
        elif node.type == "variable_declarator":
            self._remember(node, "name", "value")

    def _call(self, node: Node) -> Iterator[str]:
        callee = node.child_by_field_name("function")
        path = scripts.path(callee or node.child_by_field_name("constructor"))
        given = scripts.arguments(node)
        texts = [scripts.text(each) for each in given]
        if path in _FUNCTION:
            yield FUNCTION
        if path[-1] in _TIMERS and given and scripts.is_text(given[0]):
            yield TIMER
        if _made_by(path, texts) in FRAMES:
            yield FRAME
        if path in _LOADERS:
            for address in filter(None, texts):
                self._must_be_ours(scripts.line(node), address)
        if path in _GOERS and texts and is_javascript(texts[0] or ""):
            yield JAVASCRIPT_URL
        if path[-1] == "setAttribute" and len(texts) > 1:
            yield from self._address(node, path[:-1], texts[0] or "", texts[1])
        if path[-1] in _WRITERS:
            self._write(node, *texts)

    def _assignment(self, node: Node) -> Iterator[str]:
        self._remember(node, "left", "right")
        path = scripts.path(node.child_by_field_name("left"))
        value = scripts.text(node.child_by_field_name("right"))
        if path[-1] in _MARKUP:
            self._write(node, value)
        yield from self._address(node, path[:-1], path[-1], value)

    def _address(
        self, node: Node, holder: tuple[str, ...], name: str, value: str | None
    ) -> Iterator[str]:
        if value is None or name.lower() not in _ADDRESSES:
            return
        if is_javascript(value):
            yield JAVASCRIPT_URL
        elif is_remote(value):
            self.loads.append((node, holder, value))

    def _remember(self, node: Node, name: str, value: str) -> None:
        """Note a variable that is given a new script or link."""
        made = node.child_by_field_name(value)
        if made is None or made.type != "call_expression":
            return
        texts = [scripts.text(each) for each in scripts.arguments(made)]
        path = scripts.path(made.child_by_field_name("function"))
        if _made_by(path, texts) in ("script", "link"):
            holder = scripts.path(node.child_by_field_name(name))
            self.made.add((next(_scopes(node)), holder))

    def _write(self, node: Node, *texts: str | None) -> None:
        line = scripts.line(node)
        self.script.markup += [(line, text) for text in texts if text]

    def _must_be_ours(self, line: int, address: str) -> None:
        if is_remote(address) and address not in self.allowed:
            self.script.remarks.append((line, REMOTE.format(address)))

    def _say(self, node: Node, what: str) -> None:
        self.script.remarks.append((scripts.line(node), what))


def _made_by(path: tuple[str, ...], texts: list[str | None]) -> str:
    """Return the name of the element that a call makes, empty for other calls."""
    place = _MAKERS.get(path[-1])
    if place is None or len(texts) <= place:
        return ""
    return (texts[place] or "").lower()


def _scopes(node: Node) -> Iterator[int]:
    """Yield the functions around a node, from the inside; the script is the last."""
    around: Node | None = node
    while around is not None:
        if around.type in _SCOPES or around.parent is None:
            yield around.id
        around = around.parent
