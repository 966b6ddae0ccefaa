"""Run the suite of the installed allauth with this package in its project.

What fails is run once more without the package: only what passes there is our fault.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

# Tests that this package rightly fails, with the reason.
DESELECTED = {
    "tests/apps/headless/mfa/test_views.py::test_auth_unverified_email_and_mfa[app]": (
        "names each provider that takes tokens, and ttminis is one more"
    ),
}
BUILD = Path(__file__).parents[1] / "build" / "allauth-suite"
SETTINGS = Path(__file__).parent / "allauth_settings.py"


def run() -> list[str]:
    """Return the tests that fail with the package and pass without it."""
    tree = _unpacked()
    for test, reason in DESELECTED.items():
        print(f"left out: {test}, it {reason}")
    failed = _failed(
        tree, "with_ttminis", [f"--deselect={test}" for test in DESELECTED]
    )
    if not failed:
        return []
    anyway = set(_failed(tree, "tests.projects.regular.settings", failed))
    print("failing without the package as well:", *sorted(anyway), sep="\n  ")
    return [test for test in failed if test not in anyway]


def _unpacked() -> Path:
    """Return a folder with the tests of the sdist, and nothing else of it."""
    name = f"django_allauth-{version('django-allauth')}"
    tree = BUILD / name
    if not (tree / "pytest.ini").exists():
        options = ["--no-deps", "--no-binary", ":all:", "--quiet", "--dest", BUILD]
        wanted = f"django-allauth=={version('django-allauth')}"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", *options, wanted], check=True
        )
        with tarfile.open(BUILD / f"{name}.tar.gz") as sdist:
            members = [
                member
                for member in sdist.getmembers()
                if member.name.startswith((f"{name}/tests/", f"{name}/pytest.ini"))
            ]
            sdist.extractall(BUILD, members, filter="data")
    (tree / "with_ttminis.py").write_text(SETTINGS.read_text())
    return tree


def _failed(tree: Path, settings: str, arguments: list[str]) -> list[str]:
    """Return the tests that fail; raises RuntimeError where pytest cannot run them."""
    options = ["-q", "-n", "2", "-rfE", "--tb=short", "-p", "no:cacheprovider"]
    options += ["-o", "asyncio_default_fixture_loop_scope=function"]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--ds={settings}", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = finished.stdout.splitlines()
    print(f"allauth's suite, {settings}:", *lines[-1:], flush=True)
    if finished.returncode not in (0, 1):
        raise RuntimeError(finished.stdout[-3000:])
    found = (re.match(r"(?:FAILED|ERROR) (\S+)", line) for line in lines)
    return [match[1] for match in found if match]
