"""Every block of Python in the documents runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.documents import PAGES, ROOT, blocks

pytestmark = pytest.mark.process

# Each block as a module of its own. What a project has before its own lines is given.
RUNNER = """
import sys, django
from pathlib import Path
django.setup()
for number, block in enumerate(sys.stdin.read().split("\\0")):
    given = {"__name__": f"block_{number}", "BASE_DIR": Path("/nowhere")}
    place, _, text = block.partition("\\n")
    try:
        exec(compile(text, place, "exec"), given)
    except Exception as error:
        print(f"{place}: {error!r}")
"""


def test_python_in_the_documents_runs(tmp_path):
    shown = [
        f"{page.relative_to(ROOT)}:{block.line}\n{block.astext()}"
        for page in PAGES
        if page.name != "tutorial.rst"  # a newcomer types it: test_tutorial.py
        for block in blocks(page, "python")
    ]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input="\0".join(shown),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert len(shown) > 20
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
