"""The reference of logs lists each log record of the code by its level."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docutils import nodes

from tests.documents import DOCS, ROOT, parse

LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")
LOGGED = re.compile(r"(?:\w+\.)?logger\.(\w+)|(warn_seldom)|(note_failure)")
# These log the texts of their callers.
HELPERS = ("core/failures.py", "core/rare_warnings.py")


def of_the_code() -> set[tuple[str, str]]:
    package = ROOT / "ttminis_auth"
    paths = {*package.rglob("*.py")} - {package / helper for helper in HELPERS}
    return {found for path in paths for found in records(path)}


def records(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text())
    texts = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        if found := LOGGED.fullmatch(ast.unparse(call.func)):
            given = ast.unparse(call.args[2]) if len(call.args) > 2 else "ERROR"
            level = found[1] or ("warning" if found[2] else given)
            text = call.args[0]
            if isinstance(text, ast.Name):
                text = texts[text.id]
            yield level.removeprefix("logging.").upper(), text_of(text)


def text_of(text: ast.expr) -> str:
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    constant = [
        ast.literal_eval(p) if isinstance(p, ast.Constant) else "…" for p in parts
    ]
    return re.sub(r"%[sd]", "…", "".join(constant))


def of_the_page(level: str) -> set[str]:
    page = parse(DOCS / "reference" / "logs.rst")
    return {
        term.astext()
        for section in page.findall(nodes.section)
        if section[0].astext() == level
        for term in section.findall(nodes.term)
    }


@pytest.mark.parametrize("level", LEVELS)
def test_logs_reference_lists_the_records_of_the_level(level):
    texts = {text for each, text in of_the_code() if each == level}

    assert of_the_page(level) == texts


def test_logs_reference_names_each_logger():
    sources = (ROOT / "ttminis_auth").rglob("*.py")
    written = " ".join(path.read_text() for path in sources)

    names = set(re.findall(r'getLogger\("([\w.]+)"\)', written))
    page = (DOCS / "reference" / "logs.rst").read_text()
    assert names
    assert [name for name in names if f"``{name}``" not in page] == []
