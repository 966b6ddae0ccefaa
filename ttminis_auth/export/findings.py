"""Define what the check of a package can find: errors, warnings and their waivers.

An error is certain: TikTok's documents forbid it, or a browser there cannot load it. A
warning is likely: the text of a file looks like code that TikTok forbids. A check of
files cannot know whether that code ever runs, nor what TikTok's own scan looks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

ERRORS = {
    "configuration": "{}",
    "csrf-token": "a CSRF token belongs to one visitor, the package to all",
    "empty-file": "the file is empty",
    "frame": "frames are not allowed",
    "init-call": "{}",
    "login-call": "TikTok's upload scan looks for TTMinis.login(, which no file has",
    "missing-file": "{} is not in the package",
    "remote-file": "scripts and styles must come from the package, not from {}",
    "size": "{}",
    "template": "{}",
}
WARNINGS = {
    "authorize-call": "no file has TTMinis.authorize(, which a page needs for consents",
    "base": "base moves every address of the package",
    "blob-code": "code may run that no file of the package holds",
    "dynamic-frame": "a frame may be made, and frames are not allowed",
    "dynamic-script": "a script or style may be loaded that is not in the package",
    "eval": "eval runs text as code",
    "function-constructor": "the Function constructor runs text as code",
    "import-map": "the import map leads out of the package, to {}",
    "javascript-address": "javascript: addresses run text as code",
    "left-over": "Django renders no tag that goes over several lines",
    "root-address": "{} is found only if TikTok serves the package at the root",
    "string-timer": "a timer runs text as code; hand it a function",
}
RULES = {**ERRORS, **WARNINGS}

# In one file: a line, the name of a rule, and what fills the gap in its sentence.
Remark = tuple[int, str, str]


@dataclass(frozen=True)
class Finding:
    """Something that TikTok, or a browser there, refuses or may refuse."""

    source: str
    line: int | None  # from 1; None where it is about the whole file
    rule: str
    detail: str = ""

    @property
    def is_error(self) -> bool:
        return self.rule in ERRORS

    @property
    def what(self) -> str:
        return f"{RULES[self.rule].format(self.detail)} [{self.rule}]"

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


@dataclass(frozen=True)
class Waiver:
    """One ``--allow RULE`` or ``--allow RULE:GLOB``; the glob is of files' names."""

    rule: str
    glob: str

    @classmethod
    def read(cls, text: str) -> Waiver:
        """Return what the text means; raises ValueError for an unknown rule."""
        rule, _, glob = text.partition(":")
        if rule not in RULES:
            raise ValueError(f"There is no rule {rule!r}, but {', '.join(RULES)}.")
        return cls(rule, glob or "*")

    def covers(self, finding: Finding) -> bool:
        return self.rule == finding.rule and fnmatchcase(finding.source, self.glob)
