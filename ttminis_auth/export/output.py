"""The directory of a package: read, and replaced as a whole or not at all.

Nothing is deleted but what an export wrote (see ``manifest``). All else is moved to a
directory beside it, and only if the developer says so.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import sys
import time
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from tempfile import mkdtemp

from django.apps import apps
from django.core.exceptions import SuspiciousFileOperation

from . import manifest
from .files import File, Package

# An export takes seconds. One that began earlier than this many was killed.
STALE = 60 * 60
# What stands in the way is named by its first files.
MOST_NAMED = 3
_NEW, _OLD = "new", "old"


class InTheWay(Exception):
    """Something else stands where the package should go."""


def read(directory: Path) -> Package:
    """Return the package that stands in a directory."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    names = [path.relative_to(directory).as_posix() for path in files]
    return {n: File(p.read_bytes(), n) for n, p in zip(names, files, strict=True)}


def require_room(directory: Path, *, force: bool = False) -> None:
    """Raise InTheWay unless a package may replace what is there.

    ``force`` lets it replace a directory with other files, which are kept.
    """
    if directory.is_symlink():
        raise InTheWay(f"{directory} is a symbolic link. Name the directory itself.")
    if os.path.ismount(directory):
        raise InTheWay(f"{directory} is a mount point. Choose a directory in it.")
    if directory.exists() and not directory.is_dir():
        raise InTheWay(f"{directory} is no directory.")
    _require_expendable(directory)
    if force or not directory.exists():
        return
    if names := [*islice(manifest.others(directory), MOST_NAMED + 1)]:
        more = " and more" if len(names) > MOST_NAMED else ""
        raise InTheWay(
            f"{directory} holds what no export wrote, or what was changed since: "
            f"{', '.join(names[:MOST_NAMED])}{more}. Choose another directory, or "
            "use --force, which moves these files to a directory beside it."
        )


def write(package: Package, directory: Path, *, force: bool = False) -> list[Path]:
    """Put the package where the directory is; raises InTheWay or OSError.

    It grows beside it, and takes its place when it is complete: an upload in between
    finds the old one or the new one.

    Returns the new directories beside it that hold what was there and no export wrote.
    """
    target = directory.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = _sweep(target)
    workshop = Path(mkdtemp(dir=target.parent, prefix=_prefix(target)))
    try:
        _fill(workshop / _NEW, package)
        # Once more: rendering took a while.
        require_room(directory, force=force)
        if target.exists():
            target.rename(workshop / _OLD)
        (workshop / _NEW).rename(target)
    finally:
        aside += _clear(workshop, target)
    return aside


def _require_expendable(directory: Path) -> None:
    """Raise InTheWay for a directory that the project, or its developer, lives in."""
    target = directory.resolve()
    if Path.cwd().is_relative_to(target):
        raise InTheWay(f"{directory} is where this command runs.")
    code = [*sys.path, *(app.path for app in apps.get_app_configs())]
    for place in (os.path.expanduser("~"), *code):
        if Path(place).resolve().is_relative_to(target):
            raise InTheWay(f"{directory} holds {place}, which is in use.")


def _fill(fresh: Path, package: Package) -> None:
    files = {name: file.content for name, file in package.items()}
    for name, content in {**files, manifest.NAME: manifest.document(package)}.items():
        path = fresh / name
        if not Path(os.path.normpath(path)).is_relative_to(fresh):
            raise SuspiciousFileOperation(f"{name} leads out of the package")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _prefix(target: Path) -> str:
    return f".{target.name}.ttminis-"


def _sweep(target: Path) -> list[Path]:
    """Clear what exports to the same place left behind when they were killed."""
    prefix = _prefix(target)
    ours = re.compile(re.escape(prefix) + "[a-z0-9_]{8}")
    found = target.parent.glob(f"{glob.escape(prefix)}*")
    left = [path for path in found if ours.fullmatch(path.name) and _is_stale(path)]
    return [aside for path in sorted(left) for aside in _clear(path, target)]


def _is_stale(path: Path) -> bool:
    """Return whether no running export uses this working folder."""
    with suppress(OSError):  # another export sweeps, too, or this is no directory
        age = time.time() - path.lstat().st_mtime
        own = not path.is_symlink() and {_NEW, _OLD}.issuperset(os.listdir(path))
        return own and age > STALE
    return False


def _clear(workshop: Path, target: Path) -> list[Path]:
    """Remove a workshop; an earlier package that has no successor returns."""
    old = workshop / _OLD
    aside = []
    if old.exists() and not target.exists():
        old.rename(target)
    if old.exists():
        manifest.remove(old)
    if old.exists():
        aside.append(_free_name(target))
        old.rename(aside[0])
    shutil.rmtree(workshop / _NEW, ignore_errors=True)
    with suppress(OSError):  # the next export tries again
        workshop.rmdir()
    return aside


def _free_name(target: Path) -> Path:
    names = (target.with_name(f"{target.name}.before-{n}") for n in count(1))
    return next(path for path in names if not os.path.lexists(path))
