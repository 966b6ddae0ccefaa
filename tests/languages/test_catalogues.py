"""The catalogues contain all texts for visitors, and no texts for operators."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from django.utils import translation

from tools import messages
from tools.messages import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_translated(language: str) -> None:
    assert messages.faults(language) == []


def test_each_file_with_texts_is_listed_for_visitors_or_operators() -> None:
    unnamed = [
        path
        for path in messages.sources()
        if messages.texts(path)
        and not messages.is_for_visitors(path)
        and not messages.is_in(path, messages.OPERATORS)
    ]
    assert unnamed == []


def test_texts_of_the_admin_are_not_in_the_catalogues() -> None:
    page = Path("templates/ttminis_auth/admin/confirm.html")
    texts = {text for text, _ in messages.texts(page)}
    assert "This cannot be done:" in texts
    assert texts.isdisjoint(message.id for message in messages.template())


@pytest.mark.parametrize(
    ("text", "translated", "fault"),
    [
        ("Hello", "", "missing"),
        ("Hello", "Hello", "still English"),
        ("Hello, %(name)s", "Hallo, %(nom)s", "other placeholders"),
        ("Hello, %(name)s", "Hallo, Name", "other placeholders"),
        ("Hello, {name}", "Hallo, {}", "other placeholders"),
        (("a row", "%(n)d rows"), ("eine Zeile", ""), "missing"),
        (("a row", "%(n)d rows"), ("eine Zeile", "%(m)d"), "other placeholders"),
        (("a row", "rows"), ("Zeilen",), "Wrong number of plural forms"),
    ],
)
def test_a_fault_of_a_translation_is_found(
    text: Any, translated: Any, fault: str
) -> None:
    message = Message(text, translated)
    assert fault in str([*messages.faults_of(message, Catalog("de"))])


def test_a_plural_may_have_a_number_that_the_singular_omits() -> None:
    message = Message(("a row", "%(n)d rows"), ("eine Zeile", "%(n)d Zeilen"))
    assert [*messages.faults_of(message, Catalog("de"))] == []


def test_a_fuzzy_translation_is_found() -> None:
    message = Message("Hello", "Hallo", flags=["fuzzy"])
    assert [*messages.faults_of(message, Catalog("de"))] == ["fuzzy: 'Hello'"]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the German catalogue that a test may change."""
    copytree(messages.LOCALE / "de", tmp_path / "de")
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    return tmp_path / "de" / "LC_MESSAGES" / "django.po"


def test_an_outdated_catalogue_is_found(copied: Path) -> None:
    text = copied.read_text("utf-8")
    copied.write_text(text.replace('"You are logged in."', '"In."'), "utf-8")
    assert messages.faults("de") == [
        "not extracted: 'You are logged in.'",
        "left over: 'In.'",
        "django.mo is not compiled from django.po",
    ]


def test_update_keeps_translations(copied: Path) -> None:
    before = copied.read_text("utf-8")
    copied.with_suffix(".mo").unlink()
    messages.update("de")
    assert copied.read_text("utf-8") == before
    assert messages.faults("de") == []


def test_update_of_a_new_language_adds_all_texts_untranslated(copied: Path) -> None:
    messages.update("sv")
    missing = [fault for fault in messages.faults("sv") if fault.startswith("missing")]
    assert len(missing) == len([*messages.listed(messages.template())])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_of_the_project_has_precedence(
    language: str, tmp_path: Path, settings: Any
) -> None:
    folder = tmp_path / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = messages.Translations(language)
    catalog.add("You are logged in.", "!")
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    settings.LOCALE_PATHS = [tmp_path]
    with translation.override(translation.to_language(language)):
        assert translation.gettext("You are logged in.") == "!"
