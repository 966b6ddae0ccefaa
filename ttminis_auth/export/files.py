"""A package in memory, and what there is to say about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, order=True)
class Finding:
    """Something that TikTok, or a browser there, would refuse."""

    source: str
    line: int | None  # from 1; None where it is about the whole file
    what: str

    def __str__(self) -> str:
        where = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{where}: {self.what}"


class Unfit(Exception):
    """A template asks for what a package cannot hold; the text says it all."""


class Refused(Exception):
    """The package must not be uploaded; ``findings`` say why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(map(str, self.findings)))


def is_remote(address: str) -> bool:
    """Say whether an address leads out of the package."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc)
