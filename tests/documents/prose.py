"""Find sentences that are too long to be understood at once: ``make lint``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes

from tests.documents import PAGES, ROOT, parse

MOST_WORDS = 35
# A full stop, unless it ends an abbreviation or stands before a small letter.
END = re.compile(r"(?<=[.!?:])[\"')”]*\s+(?=[A-Z\"“`(])")


def long_sentences(page: Path) -> Iterator[str]:
    """Yield where each sentence of more words begins."""
    document = parse(page)
    for paragraph in document.findall(nodes.paragraph):
        for sentence in END.split(text_of(paragraph)):
            words = len(sentence.split())
            if words > MOST_WORDS:
                place = f"{os.path.relpath(page, ROOT)}:{paragraph.line}"
                yield f"{place}: {words} words: {sentence[:70]}…"


def text_of(paragraph: nodes.paragraph) -> str:
    """Return the text; a piece of code counts as one word."""
    copy = paragraph.deepcopy()
    for literal in list(copy.findall(nodes.literal)):
        literal.replace_self(nodes.Text("Code"))
    return " ".join(copy.astext().split())


if __name__ == "__main__":
    found = [line for page in PAGES for line in long_sentences(page)]
    sys.exit("\n".join(found) or None)
