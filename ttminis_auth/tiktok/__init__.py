"""What TikTok says, and nothing of Django: credentials and session are arguments.

``client`` sends, ``answers`` judges, ``types`` is what comes back and ``errors`` what
goes wrong. TikTok's oddities end here.
"""

from .client import TikTokClient
from .errors import (
    InvalidClient,
    InvalidGrant,
    RateLimited,
    TikTokError,
    TikTokRefused,
    TikTokUnavailable,
)
from .types import TokenGrant, UserInfo

__all__ = [
    "InvalidClient",
    "InvalidGrant",
    "RateLimited",
    "TikTokClient",
    "TikTokError",
    "TikTokRefused",
    "TikTokUnavailable",
    "TokenGrant",
    "UserInfo",
]
