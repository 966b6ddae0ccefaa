"""The reference of the script agrees with its type declarations."""

import re

from tests.documents import DOCS, ROOT

PAGE = (DOCS / "reference" / "javascript.rst").read_text()
TYPES = ROOT / "ttminis_auth" / "static" / "ttminis_auth" / "ttminis-auth.d.ts"


def types() -> str:
    """Return the declarations without their comments."""
    return re.sub(r"/\*\*.*?\*/", "", TYPES.read_text(), flags=re.DOTALL)


def section(heading: str) -> str:
    return re.split(r"\n(\w[\w ]+)\n=+\n", PAGE)[1:][names().index(heading) * 2 + 1]


def names() -> list[str]:
    return re.split(r"\n(\w[\w ]+)\n=+\n", PAGE)[1::2]


def first_cells(heading: str) -> set[str]:
    return set(re.findall(r"^``([\w:]+)[^`]*``  ", section(heading), re.MULTILINE))


def test_javascript_reference_lists_each_call():
    declared = types().partition("interface TTMinisAuthApi {")[2].partition("\n}")[0]

    calls = re.findall(r"^    (?:readonly )?(\w+)[(:]", declared, re.MULTILINE)
    assert first_cells("Calls") == set(calls)


def test_javascript_reference_lists_each_event():
    assert first_cells("Events") == set(re.findall(r"'(ttminis:\w+)':", types()))


def test_javascript_reference_lists_each_error_code():
    declared = types().partition("type PageErrorCode")[2].partition(";")[0]

    assert first_cells("Error codes") == set(re.findall(r"'(\w+)'", declared))
