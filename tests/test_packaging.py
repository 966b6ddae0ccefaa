"""What wheel and sdist hold: what the package needs, the documents, no tests."""

import shutil
import subprocess
import sys
import tarfile
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
import references

import ttminis_auth
from tests.declared import PROJECT

pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent
SOURCES = ("setup.cfg", "pyproject.toml", "MANIFEST.in", "LICENSE")
# Of the tests, what the documents have as tables.
TABLES = {
    "neighbours/__init__.py",
    "neighbours/beside.py",
    "tests/__init__.py",
    "tests/django_settings.py",
    "tests/people/__init__.py",
    "tests/people/needs.py",
}
DOCUMENTS = ("README.rst", "CHANGELOG.rst", "CONTRIBUTING.rst", "SECURITY.md")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """Return a copy to build in: setuptools leaves ``build/`` where it works."""
    copy = tmp_path_factory.mktemp("checkout")
    # Other processes write there just now, and what they rename is gone by the time.
    passing = shutil.ignore_patterns("__pycache__")
    for name in ("ttminis_auth", "tests", "neighbours", "example_project", "docs"):
        shutil.copytree(ROOT / name, copy / name, ignore=passing)
    for name in (*SOURCES, *DOCUMENTS):
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


@pytest.fixture(scope="session")
def metadata(wheel, packed) -> Message:
    (name,) = [name for name in packed if name.endswith(".dist-info/METADATA")]
    return message_from_string(wheel.read(name).decode())


@pytest.fixture(scope="session")
def unpacked(checkout, tmp_path_factory) -> Path:
    """Return the folder that the sdist becomes."""
    folder = tmp_path_factory.mktemp("sdist")
    build = "from setuptools import build_meta; build_meta.build_sdist('.')"
    command = [sys.executable, "-c", build]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (built,) = checkout.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


@pytest.fixture(scope="session")
def sdist(unpacked) -> set[str]:
    """Return the names of the files that the sdist holds, from its own folder."""
    paths = (path for path in unpacked.rglob("*") if path.is_file())
    return {str(path.relative_to(unpacked)) for path in paths}


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


def test_metadata_has_what_pyproject_says(metadata):
    assert metadata["License-Expression"] == PROJECT["license"]
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert metadata.get_all("Classifier") == PROJECT["classifiers"]


def test_metadata_has_the_readme_for_an_index_and_the_version(metadata):
    assert metadata["Version"] == ttminis_auth.__version__
    assert metadata["Description-Content-Type"] == "text/x-rst"
    assert metadata.get_payload().strip() == (ROOT / "README.rst").read_text().strip()


def test_metadata_names_each_extra(metadata):
    assert set(metadata.get_all("Provides-Extra")) == {
        *PROJECT["optional-dependencies"]
    }


def test_sdist_holds_the_documents_and_what_builds_them(sdist):
    generated = ROOT / "docs" / "generated"
    junk = ("__pycache__", ".pyc")
    documents = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "docs").rglob("*")
        if path.is_file() and generated not in path.parents
    }
    wanted = {path for path in documents if not any(each in path for each in junk)}

    assert len(wanted) > 50
    assert {*wanted, *DOCUMENTS} - sdist == set()


def test_sdist_builds_what_the_wheel_holds(sdist, packed):
    modules = {name for name in packed if name.startswith("ttminis_auth/")}

    assert modules - sdist == set()


def test_sdist_holds_nothing_generated_and_no_tests(sdist):
    tops = {name.partition("/")[0] for name in sdist}

    assert tops & {"example_project", "js", "build"} == set()
    assert [name for name in sdist if name.startswith("docs/generated")] == []
    assert {n for n in sdist if n.startswith(("tests/", "neighbours/"))} == TABLES


def test_sdist_writes_its_references(unpacked, tmp_path):
    code = "import runpy; runpy.run_path('docs/conf.py')\n"
    code += "import references; references.write_all(None)"
    # A copy, so that what is written is not taken for what the sdist holds.
    copy = shutil.copytree(unpacked, tmp_path / "copy")
    subprocess.run([sys.executable, "-P", "-c", code], cwd=copy, check=True)

    written = {path.stem for path in (copy / "docs" / "generated").iterdir()}
    assert written == {write.__name__ for write in references.WRITERS}
