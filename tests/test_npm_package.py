"""What ``npm pack`` makes of js/: the builds, their types, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

import ttminis_auth
from tests import npm

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "ttminis_auth" / "static" / "ttminis_auth"
BUILDS = (
    "ttminis-auth.js",
    "ttminis-auth.token.js",
    "ttminis-auth.esm.js",
    "ttminis-auth.d.ts",
)
USE = """
import { createTTMinisAuth } from "ttminis-auth";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const paths = ["", "/classic", "/classic-token"];
const names = paths.map((each) => `ttminis-auth${each}`);
const files = names.map((each) => require.resolve(each).split("/").pop());

function errorOf(config) {
  try {
    createTTMinisAuth(config);
  } catch (error) {
    return `${error.name} ${error.message}`;
  }
}
const wrong = [{ clientkey: "mn" }, { clientKey: "mn", sdkTimeout: "soon" }, {}];
console.log(JSON.stringify({ files, errors: wrong.map(errorOf) }));
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: Any) -> Path:
    """What a project gets that installs the packed file."""
    place: Path = tmp_path_factory.mktemp("npm")
    with npm.taking_turns(ROOT / "js"):
        npm.run(ROOT / "js", "pack", "--pack-destination", str(place))
    (packed,) = place.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(place, filter="data")
    target = place / "node_modules" / "ttminis-auth"
    target.parent.mkdir()
    shutil.move(place / "package", target)
    return target


@pytest.fixture(scope="module")
def used(package: Path) -> Any:
    """What a module of that project finds."""
    script = package.parents[1] / "use.mjs"
    script.write_text(USE)
    done = subprocess.run(["node", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_package_holds_the_builds_their_types_and_nothing_else(package: Path) -> None:
    files = (path for path in package.rglob("*") if path.is_file())
    assert {str(path.relative_to(package)) for path in files} == {
        "LICENSE",
        "README.md",
        "package.json",
        *(f"dist/{name}" for name in BUILDS),
    }


@pytest.mark.parametrize("name", BUILDS)
def test_build_is_the_one_that_django_serves(package: Path, name: str) -> None:
    served = re.sub(r"//# sourceMappingURL=.*\n?", "", (STATIC / name).read_text())
    assert (package / "dist" / name).read_text() == served
    assert len(served) > 5000


def test_package_has_the_version_of_the_python_package(package: Path) -> None:
    manifest = json.loads((package / "package.json").read_text())
    assert manifest["version"] == ttminis_auth.__version__


def test_package_needs_nothing_and_runs_nothing_when_installed(package: Path) -> None:
    manifest = json.loads((package / "package.json").read_text())
    assert "dependencies" not in manifest
    assert not {"preinstall", "install", "postinstall"} & set(manifest["scripts"])


def test_each_name_in_the_manifest_leads_to_a_file(package: Path) -> None:
    manifest = json.loads((package / "package.json").read_text())
    classic = [
        manifest["exports"][f"./{name}"] for name in ("classic", "classic-token")
    ]
    exported = [*classic, *manifest["exports"]["."].values()]
    named = [manifest[key] for key in ("main", "module", "types")]
    assert [each for each in named + exported if not (package / each).is_file()] == []


def test_project_finds_each_build(used: Any) -> None:
    builds = ["ttminis-auth.esm.js", "ttminis-auth.js", "ttminis-auth.token.js"]
    assert used["files"] == builds


def test_wrong_configuration_is_an_error_that_names_the_key(used: Any) -> None:
    assert used["errors"] == [
        'TypeError createTTMinisAuth: unknown key "clientkey"',
        'TypeError createTTMinisAuth: wrong value of "sdkTimeout"',
        'TypeError createTTMinisAuth: missing "clientKey"',
    ]
