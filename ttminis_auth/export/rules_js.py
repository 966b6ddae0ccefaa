"""What TikTok may refuse in a script: all of it warnings, because no script is run.

TikTok's documents forbid ``eval``, the ``Function`` constructor, timers with texts,
frames, and scripts and styles that are not in the package. Libraries hold such code
and seldom run it; names that a script puts together escape every search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .files import is_remote
from .findings import Remark
from .scripts import Script

# The name of an element goes to a function, but to none that only looks for elements.
_HANDED_ON = rb"""
    \( (?= (?:[^()"'`]*,)? \s* ["'`](?:%s|%s)["'`] \s*[,)] )
    (?<!TagName.)(?<!Selector.)(?<!SelectorAll.)(?<!closest.)(?<!matches.)
"""
# Patterns begin with a word, because the search for one is fast, and then look back.
# The last letter of what these match must be code.
_CODE = {
    "eval": rb"""
        eval(?![\w$]) (?<![\w$.#]eval)
        | (?:window|self|globalThis) (?:\?\.|\.|\[) (?=["'`]?eval(?![\w$]))
    """,
    "function-constructor": rb"""
        Function(?![\w$]) (?:
            (?<=\bnew\ Function)
            | (?<![\w$.#]Function) \s* (?:\.\s*(?:call|apply)\s*)? \(
            | (?: (?<=[^=!<>]=Function) | (?<=[^=!<>]=\ Function) )
              (?=[ \t\r]*(?:[\n,;)}]|$))
        )
        | (?:window|self|globalThis) (?:\.|\[) (?=["'`]?Function(?![\w$]|\.prototype))
        | constructor (?: \s*\(\s*["'`] | \.constructor\s*\( )
    """,
    "string-timer": rb"""set(?:Timeout|Interval) \s*\(\s* ["'`]""",
    "dynamic-frame": _HANDED_ON % (b"iframe", b"IFRAME"),
    "dynamic-script": _HANDED_ON % (b"script", b"SCRIPT"),
    "blob-code": rb"""
        new\s+(?:[\w$]+\.)*(?:Shared)?Worker\s*\( (?! \s*(?:["'`]|new\s+URL\b) )
    """,
}
# And of these, in a string.
_TEXTS = {
    "dynamic-frame": rb"<(?i:i?frame)(?![\w-])",
    "dynamic-script": rb"""
        ["'`] (?P<address> (?:https?:)?//[^"'`\s<>]* [./](?:m?js|css2?) ) (?=["'`?\#])
    """,
    "blob-code": rb"""
        ["'`](?:text|application)/javascript(?=["'`])
        | data:(?:text|application)/javascript
    """,
    "javascript-address": rb"""["'`]\s*(?i:javascript):(?!["'`])""",
}


def _compiled(patterns: dict[str, bytes]) -> dict[str, re.Pattern[bytes]]:
    return {rule: re.compile(each, re.VERBOSE) for rule, each in patterns.items()}


_CODE_PATTERNS, _TEXT_PATTERNS = _compiled(_CODE), _compiled(_TEXTS)


def remarks(script: Script, allowed: frozenset[str]) -> Iterator[Remark]:
    """Yield what TikTok may refuse; ``allowed`` is where the SDK may come from."""
    for rule, pattern in _CODE_PATTERNS.items():
        yield from ((script.line(match), rule, "") for match in script.code(pattern))
    for rule, pattern in _TEXT_PATTERNS.items():
        for match in script.texts(pattern):
            address = match.groupdict().get("address") or b""
            if address.decode("utf-8", "replace") not in allowed:
                yield script.line(match), rule, ""
    for match, address in script.imports():
        if is_remote(address) and address not in allowed:
            yield script.line(match), "dynamic-script", ""
