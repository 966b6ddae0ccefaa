"""A later export deletes the files that a killed export left beside its directory."""

from __future__ import annotations

import os
import time

import pytest

from tests.export.conftest import add, neighbours
from ttminis_auth.export import output
from ttminis_auth.export.files import PAGE


def leave_behind(site, name=".package.ttminis-ab_12345", age=2 * output.STALE):
    """Make what a killed export leaves: new files, and the earlier export."""
    workshop = site.package.with_name(name)
    add(workshop / "new", "static/half.js")
    if site.package.exists():
        site.package.rename(workshop / "old")
    then = time.time() - age
    os.utime(workshop, (then, then))
    return workshop


def test_the_next_export_deletes_the_files_of_a_killed_one(site, export):
    export()
    leave_behind(site)

    export()

    assert PAGE in site.names()
    assert neighbours(site) == []


def test_the_clean_up_keeps_foreign_files(site, export):
    export()
    add(site.package, "notes.txt")
    leave_behind(site)
    site.package.mkdir()

    printed = export()

    kept = site.package.with_name("package.before-1")
    assert [path.name for path in kept.iterdir()] == ["notes.txt"]
    assert str(kept) in printed


def test_the_earlier_export_is_restored_after_a_killed_one(site, export, refusal):
    export()
    add(site.package, "notes.txt")
    leave_behind(site)

    assert "changed since: notes.txt" in refusal()
    assert site.shown("notes.txt") == "my own"


def test_the_clean_up_finishes_an_interrupted_deletion(site, export):
    export()
    (site.package / PAGE).unlink()
    leave_behind(site)
    site.package.mkdir()

    export()

    assert neighbours(site) == []


@pytest.mark.parametrize(
    "name",
    [".package.ttminis-notes", ".other.ttminis-ab_12345", ".package.ttminis-ab-12345"],
)
def test_the_clean_up_ignores_other_names(name, site, export):
    left = leave_behind(site, name)

    export()

    assert (left / "new" / "static" / "half.js").exists()


def test_the_clean_up_ignores_a_running_export(site, export):
    left = leave_behind(site, age=60)

    export()

    assert left.exists()


def test_the_clean_up_ignores_a_directory_with_other_files(site, export):
    left = leave_behind(site)
    add(left, "notes.txt")
    os.utime(left, (0, 0))

    export()

    assert (left / "new").exists()


def test_the_clean_up_ignores_links_and_files(site, export, tmp_path):
    real = leave_behind(site, "elsewhere")
    link = tmp_path / ".package.ttminis-ab_12345"
    link.symlink_to(real)
    os.utime(link, (0, 0), follow_symlinks=False)
    file = add(tmp_path, ".package.ttminis-ab_12346")
    os.utime(file, (0, 0))

    export()

    assert (real / "new").exists()
    assert file.exists()
