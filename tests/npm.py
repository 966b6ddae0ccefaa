"""What tests take from npm: installed from a lock file, once for all processes."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from tests.requirements import missing

# No script of a package's own: what a test needs is made by the test, in the open.
INSTALL = ("ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
OLDEST_NODE = (20, 19)


def run(directory: Path, *command: str) -> str:
    """Run one of npm's commands in a directory and return what it prints."""
    _require_node()
    done = _run(directory, "npm", *command)
    assert done.returncode == 0, f"npm {' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def installed(directory: Path) -> Path:
    """Return ``node_modules`` beside a lock file; installed when the file changes."""
    _require_node()
    modules = directory / "node_modules"
    stamp = modules / ".installed-from"
    lock = (directory / "package-lock.json").read_bytes()
    with taking_turns(directory):
        if not stamp.is_file() or stamp.read_bytes() != lock:
            _install(directory)
            stamp.write_bytes(lock)
    return modules


@contextmanager
def taking_turns(directory: Path) -> Iterator[None]:
    """Keep other processes of this run out of the same work."""
    name = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    with (Path(gettempdir()) / f"ttminis-npm-{name}").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _install(directory: Path) -> None:
    done = _run(directory, "npm", *INSTALL)
    assert "EUSAGE" not in done.stderr, f"{directory}: {done.stderr}"
    if done.returncode:
        missing(f"npm ci in {directory.name} failed: {done.stderr.strip()[:500]}")


def _require_node() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("Node and npm are not installed")
    version = _run(Path.cwd(), "node", "--version").stdout
    if tuple(map(int, version.strip("v\n").split(".")[:2])) < OLDEST_NODE:
        missing(f"Node 20.19 or newer is not installed, only {version.strip()}")


def _run(directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=300
    )
