"""Let the links of the documents work in the repository and on the site.

A link names a file from the document's own folder, as GitHub wants it. Here a link to a
document becomes one to its page, and a link to any other file offers that file. A link
to nothing is a warning, and so an error.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

ROOT = Path(__file__).parents[2]
# Documents that stand at the top of the repository, and their pages.
PAGES = {
    ROOT / "CHANGELOG.rst": "project/changelog",
    ROOT / "CONTRIBUTING.rst": "project/contributing",
    ROOT / "README.rst": "index",
}
log = logging.getLogger(__name__)


def resolve(app: Sphinx, doctree: nodes.document) -> None:
    """Replace each link to a file of the repository."""
    for link in list(doctree.findall(nodes.reference)):
        uri = link.get("refuri", "")
        if uri and not re.match(r"\w+:|#", uri):
            link.replace_self(_resolved(app, link, uri))


def _resolved(app: Sphinx, link: nodes.reference, uri: str) -> nodes.Node:
    path = (_folder(app, link) / uri).resolve()
    text = link.astext()
    if page := _page(app, path):
        target = {"refdomain": "std", "reftype": "doc", "refexplicit": True}
        found = addnodes.pending_xref(
            "", reftarget=f"/{page}", refdoc=app.env.docname, refwarn=True, **target
        )
        found += nodes.inline("", text, classes=["xref", "std", "std-doc"])
        return found
    if path.is_file():
        return addnodes.download_reference(
            "", text, refdoc=app.env.docname, reftarget=f"/{_from_docs(app, path)}"
        )
    if not path.is_dir():
        log.warning("there is no file %s", uri, location=link)
    return nodes.Text(text)


def _folder(app: Sphinx, link: nodes.Node) -> Path:
    """Return where the link stands: included documents keep their own links."""
    while link.parent is not None and not link.source:
        link = link.parent
    return Path(link.source or app.env.doc2path(app.env.docname)).parent


def _page(app: Sphinx, path: Path) -> str:
    if path.suffix == ".rst" and path.is_relative_to(app.srcdir):
        return path.relative_to(app.srcdir).with_suffix("").as_posix()
    return PAGES.get(path, "")


def _from_docs(app: Sphinx, path: Path) -> str:
    return Path(os.path.relpath(path, app.srcdir)).as_posix()


def setup(app: Sphinx) -> dict[str, bool]:
    # Before Sphinx collects the files that a document offers.
    app.connect("doctree-read", resolve, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
