"""The sources of the page's script, in Node: types, tests, and what was built."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.requirements import missing

pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "js"


# In this order: a program with unsound types is not worth a test.
STEPS = (
    ("npx", "tsc", "--project", "."),
    ("npx", "vitest", "run"),
    ("node", "build.mjs", "--check"),
)


def run(*command: str, at: Path = SCRIPTS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=at,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


# One test, because it installs the tools in the checkout: two workers would both do so.
def test_script_is_sound_and_built_from_its_sources() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("Node is not installed; the tests of the page's script need it")
    made = run("make", "js/node_modules/.installed", at=ROOT)
    if made.returncode:
        missing(f"npm could not install the script's tools: {made.stdout[-500:]}")
    for step in STEPS:
        done = run(*step)
        assert done.returncode == 0, done.stdout[-4000:]
