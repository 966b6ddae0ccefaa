"""What several commands take."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from typing import Any

# Shorter, it may be an option of one letter with its value: "-v2".
_LOOKS_LIKE_AN_OPTION = re.compile(r"-.{9,}")


def at_least_one(text: str) -> int:
    """Read a number from 1."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("it must be a number from 1")
    return int(text)


def take_open_ids(parser: ArgumentParser) -> None:
    """Have a parser take an open_id that begins with a dash, as many of TikTok's do.

    From the command line and from ``call_command``.
    """
    parse = parser.parse_args

    def parse_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        given = [str(each) for each in args or ()]
        ids = [] if "--" in given else [a for a in given if _is_open_id(a, parser)]
        rest = [each for each in given if each not in ids]
        return parse([*rest, "--", *ids] if ids else given, namespace)

    parser.parse_args = parse_args  # type: ignore[method-assign, assignment]


def _is_open_id(text: str, parser: ArgumentParser) -> bool:
    if not _LOOKS_LIKE_AN_OPTION.fullmatch(text):
        return False
    # An option may be abbreviated, and may have its value behind it.
    name = text.partition("=")[0]
    return not text.startswith("--") or not any(
        each.startswith(name) for each in parser._option_string_actions
    )
