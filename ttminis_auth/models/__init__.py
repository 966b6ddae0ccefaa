"""What is stored: who a user is to TikTok, and the tokens that TikTok gave."""

from .counts import DailyCount
from .health import Health
from .identity import Grant, Identity
from .linking import LinkingConflict
from .webhooks import WebhookDelivery

__all__ = [
    "DailyCount",
    "Grant",
    "Health",
    "Identity",
    "LinkingConflict",
    "WebhookDelivery",
]
