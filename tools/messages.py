"""Extract what visitors read, compile the translations, and check that none is missing.

``python -m tools.messages`` writes ``django.po`` and ``django.mo`` of each language in
``ttminis_auth/locale``. It ends with an error if a text has no translation.
"""

from __future__ import annotations

import gettext
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ttminis_auth"
LOCALE = PACKAGE / "locale"
LANGUAGES = (
    *("ar", "de", "es", "fr", "id", "it", "ja", "ko"),
    *("pt_BR", "th", "tr", "vi", "zh_Hans", "zh_Hant"),
)

# Files and folders with texts for visitors, and with texts for operators. A module that
# marks its first text belongs into one of the two; a test tells.
VISITORS = (
    "core/client_apps.py",
    "endpoints/",
    "errors.py",
    "page/",
    "templates/ttminis_auth/",
)
OPERATORS = (
    "admin/",
    "apps.py",
    "linking/",
    "login/foreign_providers.py",
    "models/",
    "templates/admin/",
    "templates/ttminis_auth/admin/",
)

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def sources() -> Iterator[Path]:
    """Yield the modules and templates of the package, relative to it."""
    for pattern in ("**/*.py", "templates/**/*.html"):
        yield from sorted(path.relative_to(PACKAGE) for path in PACKAGE.glob(pattern))


def is_for_visitors(path: Path) -> bool:
    """Say whether visitors read the texts of this file."""
    return is_in(path, VISITORS) and not is_in(path, OPERATORS)


def is_in(path: Path, names: tuple[str, ...]) -> bool:
    """Say whether the file is one of ``names``, or in one of these folders."""
    return path.as_posix().startswith(names)


def texts(path: Path) -> list[tuple[str | tuple[str, ...], str | None]]:
    """Return what a file marks for translation: each text, with its context."""
    content = (PACKAGE / path).read_text("utf-8")
    method = "python"
    if path.suffix == ".html":
        # What Django makes of a template for xgettext: calls among rows of "X". Python
        # would stumble over the indentation; JavaScript has none.
        method, content = "javascript", templatize(content)
    found = extract(method, io.BytesIO(content.encode()), KEYWORDS)
    return [(text, context) for _, text, _, context in found]


def template() -> Catalog:
    """Return the texts of all files for visitors, without translations."""
    catalog = Catalog(charset="utf-8")
    for path in filter(is_for_visitors, sources()):
        for text, context in texts(path):
            location = [(path.as_posix(), 0)]
            catalog.add(text, locations=location, context=context)
    return catalog


class Translations(Catalog):
    """The texts in one language.

    The header has what gettext needs and no dates, so equal texts make equal files.
    Its plural forms are Django's own. Django puts a catalogue with other ones before a
    project's, and the project could then no longer translate a text of ours anew.
    """

    def __init__(self, language: str) -> None:
        comment = "# What visitors read. `make messages` writes all but the msgstr."
        super().__init__(language, header_comment=comment, fuzzy=False)
        folder = Path(django.__file__).parent / "conf" / "locale"
        django_s = gettext.translation("django", folder, [language])
        self.header = [
            ("Language", language),
            ("Plural-Forms", django_s.info()["plural-forms"]),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return self.header


def update(language: str) -> None:
    """Write ``django.po`` with the texts of today, and ``django.mo`` from it."""
    catalog, old = Translations(language), stored(language)
    for text in listed(template()):
        was = old.get(text.id, text.context) or text
        catalog[text.id] = Message(
            text.id,
            was.string,
            locations=text.locations,
            flags=text.flags | was.flags & {"fuzzy"},
            user_comments=was.user_comments,
            context=text.context,
        )
    folder = LOCALE / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "django.po").open("wb") as file:
        write_po(file, catalog, width=88, include_lineno=False)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog)


def stored(language: str) -> Catalog:
    """Return the translations of ``django.po``; none where there is no such file."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    content = path.read_bytes() if path.exists() else b""
    return read_po(io.BytesIO(content), locale=language)


def faults(language: str) -> list[str]:
    """Return what is wrong with a language; nothing where all is well."""
    catalog, wanted = stored(language), template()
    found = [each for m in listed(catalog) for each in faults_of(m, catalog)]
    ids = {message.id for message in listed(catalog)}
    found += [f"not extracted: {m.id!r}" for m in listed(wanted) if m.id not in ids]
    ids = {message.id for message in listed(wanted)}
    found += [f"left over: {m.id!r}" for m in listed(catalog) if m.id not in ids]
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = {m.id: m.string for m in listed(read_mo(file))}
    if compiled != {m.id: m.string for m in listed(catalog)}:
        found.append("django.mo is not compiled from django.po")
    return found


def faults_of(message: Message, catalog: Catalog) -> Iterator[str]:
    """Yield what is wrong with one translation."""
    if message.fuzzy:
        yield f"fuzzy: {message.id!r}"
    strings = forms(message.string)
    placeholders = [sorted(PLACEHOLDER.findall(text)) for text in forms(message.id)]
    if not all(strings):
        yield f"missing: {message.id!r}"
    elif message.string == message.id:
        yield f"still English: {message.id!r}"
    elif not all(sorted(PLACEHOLDER.findall(text)) in placeholders for text in strings):
        yield f"other placeholders: {message.id!r}"
    # Such as the number of plural forms.
    for error in message.check(catalog):
        yield f"{error}: {message.id!r}"


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the plural forms of a text, or the one that it has."""
    return (text,) if isinstance(text, str) else text


def listed(catalog: Catalog) -> Iterator[Message]:
    """Yield the texts of a catalogue, without its header."""
    return (message for message in catalog if message.id)


def main() -> int:
    """Update all languages; return 1 if something is wrong with one of them."""
    settings.configure()
    for language in LANGUAGES:
        update(language)
    found = [f"{code}: {fault}" for code in LANGUAGES for fault in faults(code)]
    sys.stderr.write("".join(f"{line}\n" for line in found))
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())
