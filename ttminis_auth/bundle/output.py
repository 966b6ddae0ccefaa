"""The directory of a package: read, and replaced as a whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from . import config
from .files import CONFIG, File, Package


class InTheWay(Exception):
    """Something else stands where the package should go."""


def read(directory: Path) -> Package:
    """Return the package that stands in a directory."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    names = [path.relative_to(directory).as_posix() for path in files]
    return {n: File(p.read_bytes(), n) for n, p in zip(names, files, strict=True)}


def require_room(directory: Path, *, force: bool = False) -> None:
    """Raise InTheWay unless a package may replace what is there.

    ``force`` replaces any directory except one that the command was started in.
    """
    if Path.cwd().is_relative_to(directory.resolve()):
        raise InTheWay(f"{directory} is where this command runs.")
    if directory.exists() and not directory.is_dir():
        raise InTheWay(f"{directory} is no directory.")
    if not force and not _is_free(directory):
        raise InTheWay(
            f"{directory} is no earlier export. Choose another, or replace it "
            "with --force."
        )


def write(package: Package, directory: Path) -> None:
    """Put the package where the directory is.

    It grows beside it, and takes its place when it is complete: whoever uploads in
    between gets the old one or the new one.
    """
    target = directory.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not in the temporary directory: should the last step fail, the old one survives.
    before = target.with_name(f".{target.name}.before")
    with TemporaryDirectory(dir=target.parent, prefix=".ttminis-") as workshop:
        fresh = Path(workshop) / target.name
        for name, file in sorted(package.items()):
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        if target.exists():
            shutil.rmtree(before, ignore_errors=True)
            target.rename(before)
        fresh.rename(target)
    shutil.rmtree(before, ignore_errors=True)


def _is_free(directory: Path) -> bool:
    if not directory.exists() or not any(directory.iterdir()):
        return True
    written = directory / CONFIG
    return written.is_file() and config.is_an_export(written.read_bytes())
