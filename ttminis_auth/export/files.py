"""A package in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

PAGE = "index.html"
CONFIG = "minis.config.json"


@dataclass(frozen=True)
class File:
    """One file of the package; ``source`` is what its author calls it."""

    content: bytes
    source: str


# By path inside the package, with slashes.
Package: TypeAlias = Mapping[str, File]


def is_remote(address: str) -> bool:
    """Return whether an address leads out of the package."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc)
