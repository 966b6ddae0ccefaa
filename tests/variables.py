"""What an error tracker reads: the variables of every frame, each by its repr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from types import FrameType

# They know the secrets of course, and no tracker runs in them.
OF_TESTS = ("/tests/", "/django/test/", "/_pytest/", "/pluggy/")
# Its variable is called "credentials", which Django and trackers hide by that name.
OF_DJANGO = ("/django/contrib/auth/__init__.py",)


def leaks(frames: Iterator[FrameType], *secrets: str) -> list[str]:
    """Return where one of the secrets can be read, as "file:function:variable"."""
    return [
        f"{frame.f_code.co_filename}:{frame.f_code.co_name}:{name}"
        for frame in frames
        if not any(part in frame.f_code.co_filename for part in OF_TESTS + OF_DJANGO)
        for name, value in dict(frame.f_locals).items()
        if any(secret in shown(value) for secret in secrets)
    ]


def shown(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001, as trackers do it
        return type(error).__name__


def frames_of(error: BaseException | None) -> Iterator[FrameType]:
    """Yield the frames that an error, and all behind it, came through."""
    while error is not None:
        found = error.__traceback__
        while found is not None:
            yield found.tb_frame
            found = found.tb_next
        error = error.__cause__ or error.__context__


def frames_of_now() -> Iterator[FrameType]:
    """Yield the frames at work, as a tracker does that attaches stacks to messages."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


class Tracker(logging.Handler):
    """Reads the stack of each message; ``leaks`` is where the secrets were."""

    def __init__(self, *secrets: str) -> None:
        super().__init__()
        self.secrets = secrets
        self.heard: list[str] = []
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())
        self.leaks += leaks(frames_of_now(), *self.secrets)
