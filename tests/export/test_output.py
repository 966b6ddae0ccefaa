"""An export deletes only files that an export wrote."""

from __future__ import annotations

import json
import os

import pytest
from django.core.exceptions import SuspiciousFileOperation

from tests.export.conftest import add, neighbours, valid_package
from ttminis_auth.export import manifest, output
from ttminis_auth.export.files import CONFIG, PAGE, File
from ttminis_auth.export.manifest import NAME

OWN = ["notes.txt", ".git/HEAD", "static/mine.js", ".hidden"]


# --- an earlier export


def test_an_earlier_export_is_replaced_completely(site, export):
    site.static("a.png", "x")
    site.page("<img src=\"{% static 'a.png' %}\">")
    export()
    site.page("<p>New</p>")

    export()

    assert "New" in site.shown()
    assert not [name for name in site.names() if name.startswith("static/a.")]
    assert neighbours(site) == []


def test_an_export_lists_its_files(site, export):
    export()

    listed = json.loads(site.shown(NAME))["files"]
    assert sorted([*listed, NAME]) == site.names()


@pytest.mark.parametrize("name", OWN)
def test_a_foreign_file_in_an_earlier_export_stops_the_export(
    name, site, export, refusal
):
    export()
    add(site.package, name)

    why = refusal()

    assert f"holds what no export wrote, or what was changed since: {name}. " in why
    assert site.shown(name) == "my own"


@pytest.mark.parametrize("name", OWN)
def test_force_moves_foreign_files_beside_the_export(name, site, export):
    export()
    add(site.package, name)

    printed = export(force=True)

    kept = site.package.with_name("package.before-1")
    assert f"Files that no export wrote are now in {kept}.\n" in printed
    assert [p for p in kept.rglob("*") if p.is_file()] == [kept / name]
    assert name not in site.names()


@pytest.mark.parametrize("name", [PAGE, CONFIG, NAME])
def test_a_changed_file_in_an_earlier_export_stops_the_export(
    name, site, export, refusal
):
    export()
    changed = add(site.package, name, site.shown(name) + "\n")

    assert f"changed since: {name}" in refusal().replace(f"{PAGE}, ", "")
    assert changed.exists()


@pytest.mark.parametrize("name", [".DS_Store", "static/Thumbs.db"])
def test_a_file_of_a_file_manager_is_deleted(name, site, export):
    export()
    add(site.package, name)

    export()

    assert name not in site.names()
    assert neighbours(site) == []


def test_a_file_added_to_the_list_by_hand_stops_the_export(site, export, refusal):
    export()
    add(site.package, "notes.txt")
    add(site.package, NAME, '{"files": {"notes.txt": 1}}')

    assert "holds what no export wrote" in refusal()


def test_a_list_that_names_files_elsewhere_deletes_none(site, export):
    export()
    outside = add(site.package.parent, "outside.txt")
    add(site.package, NAME, '{"files": {"../outside.txt": "x"}}')

    export(force=True)

    assert outside.read_text() == "my own"


def test_a_link_in_an_earlier_export_and_its_target_are_kept(
    site, export, refusal, tmp_path
):
    export()
    outside = add(tmp_path / "elsewhere", "thesis.txt")
    (site.package / "link").symlink_to(outside.parent)

    assert "link" in refusal()
    export(force=True)

    assert outside.read_text() == "my own"
    assert site.package.with_name("package.before-1").joinpath("link").is_symlink()


def test_a_link_in_place_of_an_exported_file_stops_the_export(
    site, export, refusal, tmp_path
):
    export()
    page = site.package / PAGE
    page.rename(tmp_path / "page.html")
    page.symlink_to(tmp_path / "page.html")

    assert f"changed since: {PAGE}" in refusal()


def test_a_pipe_in_an_earlier_export_is_not_read(site, export, refusal):
    export()
    os.mkfifo(site.package / "pipe")

    assert "changed since: pipe" in refusal()


# --- other directories


def test_an_empty_directory_can_be_the_target(site, export):
    site.package.mkdir()

    export()

    assert "index.html" in site.names()
    assert neighbours(site) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("thesis.txt", "years of work"),
        # A project of TikTok's own command line.
        (CONFIG, '{"build": {"outputDir": ".", "output": ".", "htmlEntry": "x.html"}}'),
        (NAME, "{"),
        (NAME, "[]"),
        (NAME, '{"files": [1]}'),
    ],
)
def test_a_directory_with_foreign_files_is_not_replaced(name, content, site, refusal):
    add(site.package, name, content)

    assert f"holds what no export wrote, or what was changed since: {name}" in refusal()
    assert site.shown(name) == content


def test_the_error_names_a_few_of_many_foreign_files(site, refusal):
    for number in range(5):
        add(site.package, f"{number}.txt")

    assert " and more. Choose another" in refusal()


def test_force_keeps_a_directory_with_foreign_files(site, export):
    add(site.package, "a/thesis.txt")
    for number in (1, 2):
        add(site.package.with_name(f"package.before-{number}"), "x.txt")

    export(force=True)

    kept = site.package.with_name("package.before-3")
    assert (kept / "a/thesis.txt").read_text() == "my own"


def test_a_directory_beside_the_target_is_kept(site, export):
    export()
    own = add(site.package.with_name(".package.before"), "thesis.txt")

    export()

    assert own.read_text() == "my own"


def test_a_file_is_not_replaced_by_an_export(site, refusal):
    site.package.write_text("x")

    assert "is no directory" in refusal(force=True)


@pytest.mark.parametrize("inside", [".", "deeper"])
def test_the_current_directory_is_not_replaced(inside, site, refusal, monkeypatch):
    (site.package / "deeper").mkdir(parents=True)
    monkeypatch.chdir(site.package / inside)

    assert "is where this command runs" in refusal(force=True)


@pytest.mark.parametrize("inside", [".", "src"])
def test_a_directory_on_the_python_path_is_not_replaced(
    inside, site, refusal, monkeypatch
):
    code = site.package / inside
    code.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(code))

    assert f"holds {code}, which is in use" in refusal(force=True)
    assert code.is_dir()


def test_the_directory_of_an_installed_app_is_not_replaced(
    site, refusal, settings, monkeypatch
):
    # Only the parent directory is on the path.
    monkeypatch.syspath_prepend(str(site.package.parent))
    app = add(site.package.with_name("app_in_the_way"), "__init__.py", "").parent
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, app.name]

    assert f"holds {app}, which is in use" in refusal(app, force=True)
    assert (app / "__init__.py").exists()


def test_the_home_directory_is_not_replaced(site, refusal, monkeypatch):
    add(site.package, "olga/thesis.txt")
    monkeypatch.setenv("HOME", str(site.package / "olga"))

    assert "which is in use" in refusal(force=True)


@pytest.mark.parametrize("target", ["elsewhere", "gone"])
def test_a_link_as_target_is_not_followed(target, site, refusal, tmp_path):
    own = add(tmp_path / "elsewhere", "thesis.txt")
    site.package.symlink_to(tmp_path / target)

    assert "is a symbolic link" in refusal(force=True)
    assert own.exists()


def test_a_directory_below_a_link_can_be_the_target(site, export, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    export(tmp_path / "link" / "package")

    assert (tmp_path / "real" / "package" / PAGE).is_file()


def test_a_mount_point_is_not_replaced(refusal):
    assert "is a mount point" in refusal("/dev", force=True)


def test_a_target_below_a_file_is_an_error(site, refusal):
    site.package.write_text("x")

    assert "The export failed: " in refusal(site.package / "deeper")


def test_a_target_name_that_is_too_long_is_an_error_without_traceback(site, refusal):
    assert "File name too long" in refusal(site.package / ("x" * 300))


def test_a_directory_that_cannot_be_read_is_not_treated_as_empty(tmp_path):
    with pytest.raises(OSError, match="gone"):
        list(manifest.others(tmp_path / "gone"))


# --- failures while writing


def test_a_failed_export_leaves_no_files(site, export, tmp_path):
    target = tmp_path / "package"
    package = {**valid_package(), f"{'x' * 300}.js": File(b"x", "x")}

    with pytest.raises(OSError, match="too long"):
        output.write(package, target)

    assert neighbours(site) == []
    assert not target.exists()


def test_a_file_written_during_rendering_stops_the_export(site, tmp_path):
    own = add(tmp_path / "package", "notes.txt")

    with pytest.raises(output.InTheWay):
        output.write(valid_package(), own.parent)

    assert own.exists()
    assert neighbours(site) == []


@pytest.mark.parametrize("name", ["../x.js", "static/../../x.js", "/x.js"])
def test_a_file_with_a_path_out_of_the_package_is_not_written(name, tmp_path):
    with pytest.raises(SuspiciousFileOperation):
        output.write({**valid_package(), name: File(b"x", "x")}, tmp_path / "package")

    assert list(tmp_path.iterdir()) == []
