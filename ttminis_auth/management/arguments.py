"""What several commands take."""

from __future__ import annotations

from argparse import ArgumentTypeError


def at_least_one(text: str) -> int:
    """Read a number from 1."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("it must be a number from 1")
    return int(text)
