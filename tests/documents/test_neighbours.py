"""The table of other apps says what ``make neighbours`` runs, and its settings."""

import re

import pytest
from docutils import nodes

from neighbours.beside import BESIDE
from tests.declared import PROJECT
from tests.documents import DOCS, ROOT, parse


def needs() -> dict[str, str]:
    """Return the cells of the table, by the name of the app."""
    document = parse(DOCS / "reference" / "compatibility.rst")
    tables = [
        table
        for table in document.findall(nodes.table)
        if table.next_node(nodes.entry).astext() == "App"
    ]
    rows = tables[0].next_node(nodes.tbody).findall(nodes.row)
    return dict([cell.astext() for cell in row.children] for row in rows)


def test_table_has_each_app_that_logins_are_tried_beside():
    assert [*needs()] == ["django-allauth", *BESIDE]


@pytest.mark.parametrize("name", BESIDE)
def test_table_names_each_setting_that_the_site_of_the_tests_has(name):
    cell = " ".join(needs()[name].split())

    assert [each for each in BESIDE[name].settings if each not in cell] == []


def test_settings_of_the_table_are_those_of_the_tests():
    named = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", " ".join(needs().values())))
    sources = [ROOT / "neighbours" / f"{name}.py" for name in ("beside", "settings")]
    written = " ".join(path.read_text() for path in sources)

    assert named
    assert [each for each in named if each not in written] == []


def test_each_app_is_installed_where_the_tests_run():
    extra = " ".join(PROJECT["optional-dependencies"]["neighbours"])
    assert [name for name in BESIDE if name not in extra] == []
