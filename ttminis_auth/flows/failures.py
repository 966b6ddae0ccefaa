"""Record an error of a project's receiver, and go on with the next row."""

from __future__ import annotations

import logging
import traceback

logger = logging.getLogger("ttminis_auth")


def note_failure(subject: str, error: Exception) -> str:
    """Log where an error arose, without its message; return the name of its class.

    The message is the project's, or that of a library, and may hold a token.
    """
    name = type(error).__name__
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s: %s\n%s", subject, name, frames)
    return name
