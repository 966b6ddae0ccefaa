"""Which functions of the package a request enters, in their order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import ttminis_auth

ROOT = Path(ttminis_auth.__file__).parent

# A reader of a login follows these; what lies below them does what its name says.
LAYERS = ("endpoints", "login", "provider", "receivers")


def entered(act: Callable[[], object]) -> list[tuple[str, str]]:
    """Return module and name of each function that is called, such as "login.enter"."""
    found: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found.append((module, frame.f_code.co_name))

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return found


def modules(calls: list[tuple[str, str]]) -> list[str]:
    """Return the modules that a reader follows, in the order of their first call."""
    modules = [module for module, _ in calls if module.split(".")[0] in LAYERS]
    return list(dict.fromkeys(modules))
