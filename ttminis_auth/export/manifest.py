"""``ttminis-export.json``: which files an export wrote, and with which content.

A file counts as the export's while it has the name and the hash that are listed there.
Every other file is the developer's own: a ``.git``, notes, a page edited by hand.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .files import Package

NAME = "ttminis-export.json"
# File managers write these, for themselves.
_LITTER = frozenset({".DS_Store", "Thumbs.db"})


def document(package: Package) -> bytes:
    """Return the list for a package, the same bytes for the same package."""
    return _dump({name: _digest(file.content) for name, file in package.items()})


def others(directory: Path) -> Iterator[str]:
    """Yield the files that no export wrote, or that were changed since."""
    written = _read(directory)
    for path in _files(directory):
        name = path.relative_to(directory).as_posix()
        if path.name not in _LITTER and not _is_written(path, written.get(name)):
            yield name


def remove(directory: Path) -> None:
    """Delete what an export wrote, and the folders that are empty then."""
    kept = {directory / name for name in others(directory)}
    # The list goes last: if this process is killed here, the next one still needs it.
    for path in sorted(_files(directory), key=lambda path: path == directory / NAME):
        if path not in kept:
            path.unlink()
    for folder, _, _ in [*os.walk(directory, topdown=False)]:
        with suppress(OSError):  # it holds a file that stays
            os.rmdir(folder)


def _is_written(path: Path, digest: str | None) -> bool:
    is_plain = path.is_file() and not path.is_symlink()
    return is_plain and _digest(path.read_bytes()) == digest


def _read(directory: Path) -> dict[str, str]:
    """Return the hashes by name, of the list too; empty where there is none."""
    try:
        content = (directory / NAME).read_bytes()
        written = json.loads(content)["files"]
        is_ours = _dump(written) == content
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
    return {**written, NAME: _digest(content)} if is_ours else {}


def _dump(hashes: dict[str, str]) -> bytes:
    listed = {"files": dict(sorted(hashes.items()))}
    return (json.dumps(listed, indent=2) + "\n").encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(directory: Path) -> Iterator[Path]:
    """Yield all that is no folder; raises OSError where a folder cannot be read."""
    for top, folders, names in os.walk(directory, onerror=_raise):
        paths = [Path(top, name) for name in (*folders, *names)]
        yield from (p for p in paths if p.is_symlink() or not p.is_dir())


def _raise(error: OSError) -> None:
    raise error
