"""Log an error of a project's code, or of a library's, and go on."""

from __future__ import annotations

import logging
import traceback

logger = logging.getLogger("ttminis_auth")


def note_failure(subject: str, error: Exception, level: int = logging.ERROR) -> str:
    """Log where an error arose, without its message; return the name of its class.

    The message is the project's, or that of a library, and may hold a token.
    """
    name = type(error).__name__
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.log(level, "%s: %s\n%s", subject, name, frames)
    return name
