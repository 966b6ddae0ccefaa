"""Write what a command prints, to a reader that may stop, in any encoding."""

from __future__ import annotations

import os
from io import StringIO
from typing import TextIO


def is_encodable(text: str, encoding: str = "utf-8") -> bool:
    """Return whether an encoding has all characters of a text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Output:
    """A stream that takes every text and raises no error.

    A character that the encoding lacks is written as an escape: names have emoji, and
    some terminals know ASCII only. After the first error, such as that of a closed
    pipe, everything is dropped: what a command does must not end half-way for it.

    Attributes:
        error: the error; None as long as there was none.
        encoding: that of the stream.
    """

    def __init__(self, stream: TextIO | None) -> None:
        # Python has no stream where the shell closed it, as ">&-" does.
        self._stream = StringIO() if stream is None else stream
        self.encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self.error: OSError | None = None

    def write(self, text: str) -> None:
        """Write a text and flush it, so that a closed pipe is noticed here."""
        if self.error:
            return
        encoded = text.encode(self.encoding, "backslashreplace")
        try:
            self._stream.write(encoded.decode(self.encoding))
            self._stream.flush()
        except OSError as error:
            self.error = error

    def isatty(self) -> bool:
        """Return whether a terminal shows it."""
        return bool(self._stream.isatty())

    def drop(self) -> None:
        """Keep Python from writing the rest of a broken stream when it exits."""
        if self.error:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)
