"""Name, picture and union_id, which TikTok gives after a consent.

``user_info`` fetches and stores them, ``fill_union_ids`` does so for identities from
before the site asked for union_ids.
"""

from .user_info import fetch

__all__ = ["fetch"]
