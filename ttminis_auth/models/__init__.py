"""What is stored: who somebody is to TikTok, and what they let us do."""

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
