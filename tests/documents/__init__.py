"""The documents, parsed without Sphinx, to compare them with the code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.rst",
    ROOT / "CONTRIBUTING.rst",
    *sorted(
        path
        for path in DOCS.rglob("*.rst")
        if not {"generated", "project"} & {*path.relative_to(DOCS).parts}
    ),
]


class CodeBlock(Directive):
    """Keep a block with its language and, as ``title``, its caption."""

    required_arguments = 1
    has_content = True
    option_spec = {"caption": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text, classes=["code", *self.arguments])
        block["title"] = self.options.get("caption", "")
        block.line = self.lineno
        return [block]


class OfSphinx(Directive):
    """Ignore a directive that only Sphinx can fill in."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(
        ("alt", "caption", "glob", "maxdepth", "no-members"), directives.unchanged
    )

    def run(self) -> list[nodes.Node]:
        return []


class Glossary(Directive):
    """Read the terms of a glossary as a definition list."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        found = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, found)
        return found.children


@cache
def parse(path: Path) -> nodes.document:
    """Parse a page once; invalid markup is an error."""
    directives.register_directive("code-block", CodeBlock)
    directives.register_directive("glossary", Glossary)
    for name in ("automodule", "include", "picture", "toctree"):
        directives.register_directive(name, OfSphinx)
    for name in ("confval", "doc", "ref", "term"):
        roles.register_generic_role(name, nodes.literal)
    return publish_doctree(
        path.read_text(),
        source_path=str(path),
        settings_overrides={"report_level": 2, "halt_level": 2},
    )


def blocks(path: Path, language: str) -> list[nodes.literal_block]:
    """Return the blocks of code in this language."""
    found = parse(path).findall(nodes.literal_block)
    return [block for block in found if language in block["classes"]]
