"""What is stored: who somebody is to TikTok, and what they let us do."""

from .identity import Grant, Health, Identity
from .linking import LinkingConflict
from .webhooks import WebhookDelivery

__all__ = ["Grant", "Health", "Identity", "LinkingConflict", "WebhookDelivery"]
