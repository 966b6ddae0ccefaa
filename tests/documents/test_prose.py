"""What ``make lint`` calls a sentence that is too long."""

import pytest

from tests.documents.prose import MOST_WORDS, long_sentences

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
def test_long_sentence_is_found(text, found, tmp_path):
    page = tmp_path / "page.rst"
    page.write_text(f"Title\n=====\n\n{text}\n")

    assert len(list(long_sentences(page))) == found
