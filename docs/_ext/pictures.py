"""Draw a picture from a text of Graphviz, as part of the page.

::

    .. picture:: token-life.dot
       :alt: What the picture says, in a sentence

The SVG stands in the HTML, so it takes the colour of the text, light or dark, and a
screen reader reads the sentence.
"""

from __future__ import annotations

import re
import subprocess
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

LOOK = ("-Gbgcolor=transparent", "-Nfontname=sans-serif", "-Efontname=sans-serif")
SIZES = ("-Nfontsize=12", "-Efontsize=11", "-Nshape=box", "-Nstyle=rounded")


class Picture(SphinxDirective):
    """Draw one picture."""

    required_arguments = 1
    option_spec = {"alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        relative, absolute = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        picture = inline_svg(Path(absolute), self.options["alt"])
        return [
            nodes.raw("", picture, format="html"),
            nodes.raw("", self.options["alt"], format="text"),
        ]


def inline_svg(source: Path, alt: str) -> str:
    command = ["dot", "-Tsvg", *LOOK, *SIZES, str(source)]
    try:
        drawn = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except FileNotFoundError as error:
        raise RuntimeError(
            "The pictures need Graphviz: apt install graphviz"
        ) from error
    svg = drawn.stdout[drawn.stdout.index("<svg") :]
    svg = re.sub(r"<title>.*?</title>\n?|<!--.*?-->\n?", "", svg, flags=re.S)
    label = f'<svg class="picture" role="img" aria-label="{escape(alt)}"'
    return svg.replace("<svg", label, 1)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
