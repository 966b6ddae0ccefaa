"""Sentry, set up as our documents say; what it would send is kept in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "operate" / "privacy.rst"


@contextmanager
def listening(on: bool) -> Iterator[list[Any]]:
    """Give the envelopes that Sentry sends until the block ends, serialized."""
    sent: list[Any] = []
    if not on:
        yield sent
        return
    import sentry_sdk
    from sentry_sdk.transport import Transport

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(envelope.serialize())

    block = re.search(
        r"^With Sentry:\n\n\.\. code-block:: python\n\n(.*?)\n\n(?=\S)",
        PAGE.read_text(),
        re.S | re.M,
    )
    assert block
    options = "transport=kept, traces_sample_rate=1.0, send_default_pii=True"
    own = 'os.environ.get("SENTRY_DSN")'
    source = dedent(block[1])
    assert own in source
    source = source.replace(own, f"'https://key@sentry.example/1', {options}")
    exec(source, {"kept": Kept, "sentry_sdk": sentry_sdk})
    yield sent
    sentry_sdk.init()
