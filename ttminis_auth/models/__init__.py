"""What is stored: who somebody is to TikTok, and what TikTok lets us do in their name."""

from .identity import Grant, Identity
from .linking import LinkingConflict

__all__ = ["Grant", "Identity", "LinkingConflict"]
