"""Find sentences that are too long; run by ``make lint``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes

from tests.documents import PAGES, ROOT, parse
from tests.documents.texts import set_up, texts

MOST_WORDS = 35
# A full stop, unless it ends an abbreviation or stands before a small letter.
END = re.compile(r"(?<=[.!?:])[\"')”]*\s+(?=[A-Z\"“`(])")


def long_sentences(page: Path) -> Iterator[str]:
    """Yield the place of each sentence that is too long."""
    document = parse(page)
    for paragraph in document.findall(nodes.paragraph):
        for sentence in END.split(text_of(paragraph)):
            words = len(sentence.split())
            if words > MOST_WORDS:
                place = f"{os.path.relpath(page, ROOT)}:{paragraph.line}"
                yield f"{place}: {words} words: {sentence[:70]}…"


def long_sentences_of(name: str, text: str) -> Iterator[str]:
    """Yield the same for a text in the code, where code is between back ticks."""
    without_trees = re.sub(r"^.*[├└│].*$", "", text, flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n|\n\s*(?=[-.] |\.\. |\w+:\s)", without_trees):
        plain = re.sub(r"(`+)[^`]+\1", "Code", " ".join(paragraph.split()))
        for sentence in END.split(plain):
            if (words := len(sentence.split())) > MOST_WORDS:
                yield f"{name}: {words} words: {sentence[:70]}…"


def text_of(paragraph: nodes.paragraph) -> str:
    """Return the text; a piece of code counts as one word."""
    copy = paragraph.deepcopy()
    for literal in list(copy.findall(nodes.literal)):
        literal.replace_self(nodes.Text("Code"))
    return " ".join(copy.astext().split())


if __name__ == "__main__":
    set_up()
    found = [line for page in PAGES for line in long_sentences(page)]
    found += [line for each in texts() for line in long_sentences_of(*each)]
    sys.exit("\n".join(found) or None)
