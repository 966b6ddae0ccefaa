"""``make lint`` finds sentences that are too long."""

import pytest

from tests.documents.prose import MOST_WORDS, long_sentences, long_sentences_of
from tests.documents.texts import texts

LIMIT = " ".join(["word"] * MOST_WORDS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{LIMIT}.", 0),
        (f"{LIMIT} more.", 1),
        (f"{LIMIT}. And {LIMIT} more.", 1),
        (f"{LIMIT}.\n\nAnother paragraph.", 0),
        (f"``{LIMIT}`` is code and one word.", 0),
        (f"- {LIMIT} more.", 1),
    ],
)
def test_a_long_sentence_is_found(text, found, tmp_path):
    page = tmp_path / "page.rst"
    page.write_text(f"Title\n=====\n\n{text}\n")

    assert len(list(long_sentences(page))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{LIMIT}.", 0),
        (f"{LIMIT} more.", 1),
        (f"``{LIMIT}`` is code and one word.", 0),
        (f"A line.\n\nArguments:\n    user: {LIMIT} more.", 1),
        (f"    ├─ {LIMIT}\n    └─ {LIMIT}", 0),
    ],
)
def test_a_long_sentence_in_a_docstring_is_found(text, found):
    assert len(list(long_sentences_of("any", text))) == found


@pytest.mark.parametrize(
    "name",
    [
        "ttminis_auth.tokens.access_token",
        "ttminis_auth.models.Identity.health",
        "ttminis_auth.errors",
        "reference of settings",
        "openapi.info.description",
    ],
)
def test_texts_of_the_code_are_checked(name):
    assert dict(texts())[name]
