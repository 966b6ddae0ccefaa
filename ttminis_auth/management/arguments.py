"""What several commands take."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence

from django.utils.translation import get_supported_language_variant

from .writing import is_encodable

# Shorter, it may be an option of one letter with its value: "-v2".
_LOOKS_LIKE_AN_OPTION = re.compile(r"-.{9,}")


# More than any table has rows.
MOST = 2**63 - 1


def number(most: int = MOST) -> Callable[[str], int]:
    """Return what reads a number from 1 to ``most``."""

    def read(text: str) -> int:
        if not re.fullmatch("0*[1-9][0-9]*", text):
            raise ArgumentTypeError("it must be a number from 1")
        # Python reads no number of 5,000 digits.
        if len(text.lstrip("0")) > len(str(most)) or int(text) > most:
            raise ArgumentTypeError(f"it must be at most {most}")
        return int(text)

    return read


def text(given: str) -> str:
    """Read a text; Python takes bytes from a shell that no database takes."""
    if not is_encodable(given):
        raise ArgumentTypeError("it must be UTF-8")
    return given


def language(given: str) -> str:
    """Read the code of a language of LANGUAGES, such as ja, pt-br or pt_BR."""
    try:
        return get_supported_language_variant(given.replace("_", "-").lower())
    except LookupError:
        raise ArgumentTypeError("it must be one of LANGUAGES") from None


def add_language(parser: ArgumentParser) -> None:
    """Add the option ``--lang``, which names a language that the site has."""
    parser.add_argument(
        "--lang",
        type=language,
        metavar="CODE",
        help="language of the page, as ja or pt-br; if not given, LANGUAGE_CODE",
    )


def add_dry_run(parser: ArgumentParser, what_happens: str) -> None:
    """Add the option ``--dry-run``, for a run that changes nothing."""
    parser.add_argument("--dry-run", action="store_true", help=what_happens)


def add_limit(parser: ArgumentParser, rows: str) -> None:
    """Add the option ``--limit``, the most rows that a run works on."""
    parser.add_argument(
        "--limit", type=number(), metavar="N", help=f"stop after N {rows}"
    )


def take_open_ids(parser: ArgumentParser) -> None:
    """Have a parser take an open_id that begins with a dash, as many of TikTok's do.

    From the command line and from ``call_command``.
    """
    parse = parser.parse_args

    def parse_args(
        args: Sequence[str] | None = None, namespace: object = None
    ) -> object:
        given = [str(each) for each in args or ()]
        ids = [] if "--" in given else [a for a in given if _is_open_id(a, parser)]
        rest = [each for each in given if each not in ids]
        return parse([*rest, "--", *ids] if ids else given, namespace)

    parser.parse_args = parse_args  # type: ignore[method-assign, assignment]


def _is_open_id(given: str, parser: ArgumentParser) -> bool:
    if not _LOOKS_LIKE_AN_OPTION.fullmatch(given):
        return False
    # An option may be abbreviated, and may have its value behind it.
    name = given.partition("=")[0]
    return not given.startswith("--") or not any(
        each.startswith(name) for each in parser._option_string_actions
    )
