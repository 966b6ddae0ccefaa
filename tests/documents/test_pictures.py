"""Each screenshot in the documents is shown, and taken by ``make pictures``."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from docutils import nodes

from tests.documents import DOCS, PAGES, ROOT, parse

EXAMPLE = ROOT / "tests" / "example"
PICTURES = sorted(DOCS.rglob("*.png"))
# The values of variables in the names of pictures.
VALUES = {
    "name": "(?:list|overview)",
    "admin_browser.name": "unfold-(?:light|dark)",
    "scheme": "(?:light|dark)",
    "state": "(?:merged|kept_apart|dismissed)",
    "where": "(?:desk|phone)",
}
NOTHING = r"(?!)"


@cache
def shown() -> set[Path]:
    """Return the pictures that a document shows from its own folder."""
    return {
        (page.parent / image["uri"]).resolve()
        for page in PAGES
        for image in parse(page).findall(nodes.image)
        if "://" not in image["uri"]
    }


def run_by_make() -> list[Path]:
    """Return the test modules that ``make pictures`` runs."""
    recipe = (ROOT / "Makefile").read_text().partition("\npictures:")[2]
    (names,) = re.findall(r"tests/example/test_,([\w., ]+)\)", recipe)
    return [EXAMPLE / f"test_{name}" for name in names.split()]


def names(module: Path) -> Iterator[str]:
    """Yield the names of the module's pictures, as patterns."""
    for call in ast.walk(ast.parse(module.read_text())):
        if isinstance(call, ast.Call):
            called = ast.unparse(call.func).rpartition(".")[2]
            given = call.args if called in ("take", "picture", "confirm") else []
            yield from (pattern(each) for each in given)


def pattern(name: ast.expr) -> str:
    """Return a pattern of the names that an expression can have."""
    if isinstance(name, ast.Constant):
        return re.escape(str(name.value))
    if isinstance(name, ast.FormattedValue):
        return VALUES.get(ast.unparse(name.value), NOTHING)
    if isinstance(name, ast.JoinedStr):
        return "".join(pattern(part) for part in name.values)
    return NOTHING


@cache
def taken() -> re.Pattern[str]:
    found = [name for module in run_by_make() for name in names(module)]
    return re.compile("|".join(found))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_each_picture_is_shown_in_a_document(picture):
    assert picture in shown()


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_each_picture_is_taken_by_make_pictures(picture):
    assert taken().fullmatch(picture.stem)


@pytest.mark.parametrize("name", ["run-once-more", "list-light", "conflict-gone"])
def test_a_picture_that_no_test_takes_is_found(name):
    assert not taken().fullmatch(name)
