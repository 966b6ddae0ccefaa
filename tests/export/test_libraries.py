"""Builds of popular libraries can be exported, with warnings and in little memory.

``npm pack`` downloads each build once, to a folder that git ignores. The tests neither
unpack nor run them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.export.conftest import valid_package
from tests.requirements import missing
from ttminis_auth.export import scripts

pytestmark = pytest.mark.process

CACHE = Path(__file__).parent / "libraries"
# Package and version, a file of it, and the rules of its warnings.
BUILDS = [
    ("lodash-4.18.1", "lodash.min.js", {"function-constructor"}),
    ("d3-7.9.2", "dist/d3.min.js", {"function-constructor"}),
    ("vue-3.5.45", "dist/vue.global.prod.js", {"function-constructor"}),
    ("alpinejs-3.17.5", "dist/cdn.min.js", {"function-constructor"}),
    ("handlebars-4.7.10", "dist/handlebars.min.js", {"function-constructor"}),
    (
        "phaser-4.2.1",
        "dist/phaser.min.js",
        {"blob-code", "dynamic-script", "eval", "function-constructor"},
    ),
    ("pdfjs-dist-5.6.205", "build/pdf.min.mjs", {"blob-code", "function-constructor"}),
    (
        "react-dom-19.3.1",
        "cjs/react-dom-client.production.js",
        {"dynamic-script", "javascript-address"},
    ),
]
PHASER = ("phaser-4.2.1", "dist/phaser.min.js")
LARGE = [
    PHASER,
    ("phaser-4.2.1", "dist/phaser.js"),
    ("pdfjs-dist-5.6.205", "build/pdf.worker.min.mjs"),
]
ELEVEN_MEGABYTES = 11_000_000
MOST_MEBIBYTES = 300

Build = Callable[[str, str], bytes]


@pytest.fixture(scope="module")
def build() -> Build:
    """Return a function that reads one file of one package."""
    archives = {package: CACHE / f"{package}.tgz" for package, *_ in BUILDS}
    wanted = [name for name, path in archives.items() if not path.exists()]
    if wanted:
        _download(wanted)

    def read(package: str, file: str) -> bytes:
        with tarfile.open(archives[package]) as archive:
            member = archive.extractfile(f"package/{file}")
            assert member is not None
            return member.read()

    return read


def _download(packages: list[str]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        missing("needs npm, which downloads the builds of libraries")
    CACHE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as fresh:
        versions = ["@".join(package.rsplit("-", 1)) for package in packages]
        command = [npm, "pack", "--silent", "--ignore-scripts", *versions]
        done = subprocess.run(command, cwd=fresh, capture_output=True, text=True)
        if done.returncode:
            missing(
                f"npm cannot download the builds of libraries: {done.stderr.strip()}"
            )
        # Another process may have downloaded the same files.
        for archive in Path(fresh).iterdir():
            archive.replace(CACHE / archive.name)


@pytest.mark.parametrize(("package", "file", "rules"), BUILDS)
def test_the_build_of_a_library_is_exported_with_warnings(
    package, file, rules, build, site, export
):
    site.static(file, build(package, file))
    site.page(f"<script type=module src=\"{{% static '{file}' %}}\"></script>")

    printed = export()

    warnings = re.findall(rf"^Warning: {re.escape(file)}:.* \[(.*)\]$", printed, re.M)
    assert set(warnings) == rules
    assert site.name_of(file)


MEASURED = """
import sys
import django
from django.core.management import call_command
django.setup()
call_command("ttminis_export", sys.argv[1], check=True)
status = open("/proc/self/status").read()
print("MiB:", int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


def peak_of_a_check(directory: Path) -> int:
    """Return the memory that a process needs to check a package, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, directory],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "No errors; warnings: " in done.stdout
    return int(done.stdout.rpartition("MiB:")[2])


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, file in valid_package().items():
        (tmp_path / name).write_bytes(file.content)
    return tmp_path


# The largest script that the grammar parses, and denser than any build.
DENSEST = b"a;" * (scripts.MOST_SIGNS - 2) + b"eval(x)"


@pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")
@pytest.mark.parametrize("minified", [False, True])
def test_eleven_megabytes_are_checked_in_little_memory(minified, build, package):
    contents = [build(*each) for each in LARGE]
    if minified:
        contents = [b"\n".join([build(*PHASER)] * 8), DENSEST]
    for number, content in enumerate(contents):
        (package / f"{number}.js").write_bytes(content)

    assert sum(map(len, contents)) >= ELEVEN_MEGABYTES
    assert peak_of_a_check(package) <= MOST_MEBIBYTES
