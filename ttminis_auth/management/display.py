"""How far a long run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from django.core.management.base import OutputWrapper

try:
    from tqdm import tqdm
except ImportError:  # the extra "progress" is not installed
    tqdm = None  # type: ignore[assignment,misc]

# Seconds between two lines.
PACE = 5.0

Show = Callable[[int, str], None]


@contextmanager
def progress(out: OutputWrapper, total: Callable[[], int]) -> Iterator[Show]:
    """Give a function to call, as often as one likes, with how far it is, and a text.

    ``total`` is called for a bar only, since to count many rows takes a while.
    """
    # Python has no stream where the shell closed it, as "2>&-" does.
    if tqdm is None or not (sys.stderr and sys.stderr.isatty()):
        yield _lines(out)
        return
    with tqdm(total=total(), unit="", file=sys.stderr) as bar:

        def show(done: int, text: str) -> None:
            bar.update(done - bar.n)

        yield show


def _lines(out: OutputWrapper) -> Show:
    last = monotonic()

    def show(done: int, text: str) -> None:
        nonlocal last
        if monotonic() - last >= PACE:
            last = monotonic()
            out.write(f"{text} …")

    return show
