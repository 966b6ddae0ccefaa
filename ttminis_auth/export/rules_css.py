"""What TikTok refuses in a style sheet: another one that is not in the package.

Fonts and pictures may be remote: TikTok's restrictions name scripts and styles.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import styles
from .files import is_remote
from .rules_js import REMOTE, Remark


def remarks(content: bytes) -> Iterator[Remark]:
    for address, line in styles.imports(content):
        if is_remote(address):
            yield line, REMOTE.format(address)
