"""Log a warning at most once a minute."""

from __future__ import annotations

import logging
from threading import Lock
from time import monotonic

# In seconds.
INTERVAL = 60.0

logger = logging.getLogger("ttminis_auth")

_lock = Lock()
_logged_at: dict[str, float] = {}


def warn_seldom(message: str, *args: object) -> None:
    """Log a warning, unless this process logged the same message a moment ago.

    A fault that meets every login, or an attacker who sends a thousand requests, must
    neither stay unseen nor fill the log.
    """
    with _lock:
        now, before = monotonic(), _logged_at.get(message)
        if before is not None and now - before < INTERVAL:
            return
        _logged_at[message] = now
    logger.warning(message, *args)
