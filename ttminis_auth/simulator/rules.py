"""What may be changed of how this TikTok behaves."""

import time
from collections.abc import Callable

# The numbers of oauth-user-access-token-management, 5 November 2026. Older pages say
# 24 hours and 365 days: clients go by the answer, so a test may name any others.
ACCESS_LIFETIME = 7200
REFRESH_LIFETIME = 15_552_000


class Rules:
    """Plain attributes: assign what a test needs; a reset brings the usual back."""

    clock: Callable[[], float]
    """The world's time, in seconds; replace it to let codes and tokens age."""
    access_lifetime: int
    """Seconds for which access tokens live that are issued from now on."""
    refresh_lifetime: int
    """The same for refresh tokens."""
    reuse_kills: bool
    """Whether a refresh token that comes a second time ends its whole family.

    TikTok says only that it stops working. Sterner servers take the second coming for
    a theft, and kill what the first one was given.
    """
    latency: float
    """Seconds for which every answer is held back, as if TikTok were far away."""

    def _restore_rules(self) -> None:
        self.clock = time.time
        self.access_lifetime = ACCESS_LIFETIME
        self.refresh_lifetime = REFRESH_LIFETIME
        self.reuse_kills = False
        self.latency = 0.0
