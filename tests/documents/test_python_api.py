"""The reference of the Python API lists exactly the public names of each module."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADING = re.compile(r"^``(ttminis_auth\.\w+)``\n-+$", re.MULTILINE)
ROW = re.compile(r"^``(\w+)`` +\S", re.MULTILINE)


def sections() -> dict[str, str]:
    page = ROOT / "docs" / "reference" / "python.rst"
    _intro, *parts = HEADING.split(page.read_text())
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(("module", "text"), sections().items())
def test_python_reference_lists_the_public_names_of_a_module(module, text):
    assert sorted(ROW.findall(text)) == sorted(import_module(module).__all__)


def test_python_reference_lists_each_public_module():
    package = ROOT / "ttminis_auth"
    files = {*package.glob("*.py"), *package.glob("*/__init__.py")}
    public = {path for path in files if "__all__ = [" in path.read_text()}
    inside = {path.relative_to(package).with_suffix("") for path in public}
    names = {str(path).removesuffix("/__init__") for path in inside}

    assert {f"ttminis_auth.{name}" for name in names} == set(sections())
