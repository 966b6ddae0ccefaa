"""An authorization ends: at TikTok, by the site, or with all that is stored.

``deauthorize`` ends tokens and sessions and keeps the user, ``erasure`` deletes what is
stored of one person, ``prune`` what has become old, and ``admin_log`` blanks the names
in the history of Django's admin.
"""

from .deauthorize import RemovalIncomplete, remove, revoke
from .erasure import ErasureRefused, SeveralApps, erase, find, personal_data

__all__ = [
    "ErasureRefused",
    "RemovalIncomplete",
    "SeveralApps",
    "erase",
    "find",
    "personal_data",
    "remove",
    "revoke",
]
