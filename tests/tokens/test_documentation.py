"""``docs/how-to/tokens.rst``, compared with the code."""

from __future__ import annotations

from pathlib import Path

import pytest
from docutils import nodes

from tests.documents import parse
from ttminis_auth import errors
from ttminis_auth.management.commands.ttminis_refresh import Command
from ttminis_auth.tokens import access, refresh_all

DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "tokens.rst"


@pytest.fixture(scope="module")
def document():
    return parse(DOCUMENT)


def literals(document):
    return {literal.astext() for literal in document.findall(nodes.literal)}


def test_errors_of_the_table_exist(document):
    (table,) = document.findall(nodes.table)
    (body,) = table.findall(nodes.tbody)
    names = [next(iter(row.findall(nodes.literal))).astext() for row in body]

    assert len(names) == 4
    assert all(hasattr(errors, name) for name in names)


def test_options_are_those_of_the_command(document):
    parser = Command().create_parser("manage.py", "ttminis_refresh")
    named = {text for text in literals(document) if text.startswith("--")}

    assert named == {"--within", "--workers", "--limit", "--dry-run"}
    assert named <= {option for a in parser._actions for option in a.option_strings}


def test_numbers_are_those_of_the_code():
    text = " ".join(DOCUMENT.read_text().split())

    assert f"within {refresh_all.SOON.seconds // 60} minutes (``--within``)" in text
    assert f"with {refresh_all.WORKERS} connections (``--workers``)" in text


def test_async_twins_exist():
    assert access.aaccess_token
    assert access.acall


def test_page_about_tokens_is_short():
    assert len(DOCUMENT.read_text().splitlines()) <= 150
