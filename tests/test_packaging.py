"""What a wheel holds: everything the package needs, and nothing of the workshop."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent
SOURCES = ("setup.cfg", "pyproject.toml", "README.rst", "LICENSE")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """Return a copy to build in: setuptools leaves ``build/`` where it works."""
    copy = tmp_path_factory.mktemp("checkout")
    # Other processes write there just now, and what they rename is gone by the time.
    passing = shutil.ignore_patterns("__pycache__")
    for name in ("ttminis_auth", "tests", "example_project"):
        shutil.copytree(ROOT / name, copy / name, ignore=passing)
    for name in SOURCES:
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="session")
def wheel(checkout) -> ZipFile:
    """Build without isolation, so that no network is needed."""
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    command = [sys.executable, "-m", "pip", "wheel", *options, "."]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (built,) = checkout.glob("*.whl")
    with ZipFile(built) as archive:
        yield archive


@pytest.fixture(scope="session")
def packed(wheel) -> set[str]:
    return set(wheel.namelist())


def files_of(*patterns: str) -> set[str]:
    package = ROOT / "ttminis_auth"
    paths = (path for pattern in patterns for path in package.rglob(pattern))
    return {str(path.relative_to(ROOT)) for path in paths if path.is_file()}


@pytest.mark.parametrize(
    "patterns",
    [
        ("*.py",),
        ("templates/**/*",),
        ("static/**/*",),
        ("locale/**/*.mo",),
        ("py.typed",),
    ],
    ids=["modules", "templates", "static", "translations", "typing"],
)
def test_wheel_holds_every(patterns, packed):
    assert files_of(*patterns) - packed == set()


@pytest.mark.parametrize(
    "name",
    [
        "ttminis_auth/py.typed",
        "ttminis_auth/migrations/0001_initial.py",
        "ttminis_auth/static/ttminis_auth/ttminis-auth.js",
        "ttminis_auth/static/ttminis_auth/ttminis-auth.js.map",
        "ttminis_auth/static/ttminis_auth/ttminis-auth.token.js",
        "ttminis_auth/static/ttminis_auth/ttminis-auth.esm.js",
        "ttminis_auth/static/ttminis_auth/ttminis-auth.d.ts",
        "ttminis_auth/templates/ttminis_auth/sdk.html",
    ],
)
def test_wheel_holds(name, packed):
    assert name in packed


def test_wheel_holds_nothing_but_the_package_and_its_metadata(packed):
    tops = {name.partition("/")[0] for name in packed}
    metadata = {top for top in tops if top.endswith(".dist-info")}

    assert tops - metadata == {"ttminis_auth"}


def test_wheel_holds_the_licence(packed):
    assert [name for name in packed if name.endswith(".dist-info/licenses/LICENSE")]
