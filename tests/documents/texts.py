"""Texts of the code that appear in the documents: docstrings, messages, OpenAPI.

``python -m tests.documents.texts FOLDER`` writes each text into its own file, for
``make lint``, which applies the rules for the pages to them.
"""

from __future__ import annotations

import inspect
import re
import runpy
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.documents import DOCS

PYTHON_PAGE = DOCS / "reference" / "python.rst"
TEXT_KEYS = ("title", "summary", "description")
KINDS = (staticmethod, classmethod, property)


def texts() -> Iterator[tuple[str, str]]:
    """Yield each text with the name of its object."""
    yield from docstrings()
    references = import_module("references")
    for write in references.WRITERS:
        # The other two are parts of the OpenAPI file below.
        if write not in (references.endpoints, references.errors):
            yield f"reference of {write.__name__}", "\n".join(write())
    yield from descriptions(references.description(), "openapi")


def docstrings() -> Iterator[tuple[str, str]]:
    named = re.findall(r"^``(ttminis_auth\.\w+)``\n-+$", PYTHON_PAGE.read_text(), re.M)
    for module in map(import_module, named):
        yield module.__name__, module.__doc__ or ""
        for name in module.__all__:  # type: ignore[attr-defined]
            found = getattr(module, name)
            if inspect.isroutine(found) or inspect.isclass(found):
                yield from with_members(f"{module.__name__}.{name}", found)


def with_members(name: str, found: Any) -> Iterator[tuple[str, str]]:
    # A class without a docstring would inherit the one of Django or Python.
    own = vars(found).get("__doc__") if inspect.isclass(found) else found.__doc__
    if own:
        yield name, inspect.cleandoc(own)
    for member, value in vars(found).items() if inspect.isclass(found) else ():
        documented = inspect.isroutine(value) or isinstance(value, (type, *KINDS))
        if documented and not member.startswith("_") and value.__doc__:
            yield f"{name}.{member}", inspect.cleandoc(value.__doc__)


def descriptions(node: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of the OpenAPI file."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    if isinstance(node, dict):
        for key, value in node.items():
            if key in TEXT_KEYS and isinstance(value, str):
                yield f"{name}.{key}", value
            else:
                yield from descriptions(value, f"{name}.{key}")


def set_up() -> None:
    """Configure Django as the build of the documents does."""
    runpy.run_path(str(DOCS / "conf.py"))


def main(folder: Path) -> None:
    set_up()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.txt"):
        old.unlink()
    for name, text in texts():
        file = re.sub(r"[^\w.]+", "-", name)[-200:]
        (folder / f"{file}.txt").write_text(f"{text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
