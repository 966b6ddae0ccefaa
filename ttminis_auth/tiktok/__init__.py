"""What TikTok says, and nothing of Django: credentials and session are arguments.

``client`` sends, ``answers`` judges, ``types`` is what comes back and ``errors`` what
goes wrong. TikTok's oddities end here.
"""

from .client import TikTokClient
from .errors import (
    AccessTokenInvalid,
    InvalidClient,
    InvalidGrant,
    RateLimited,
    SignatureRefused,
    TikTokError,
    TikTokRefused,
    TikTokUnavailable,
)
from .secret import Secret
from .types import RemovalReason, TokenGrant, UserInfo, WebhookEvent

__all__ = [
    "AccessTokenInvalid",
    "InvalidClient",
    "InvalidGrant",
    "RateLimited",
    "RemovalReason",
    "Secret",
    "SignatureRefused",
    "TikTokClient",
    "TikTokError",
    "TikTokRefused",
    "TikTokUnavailable",
    "TokenGrant",
    "UserInfo",
    "WebhookEvent",
]
