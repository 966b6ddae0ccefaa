"""One person with several users: find them, merge them, or link by hand.

``detect`` compares union_ids after a consent and reports a conflict or merges.
``merge`` makes one user out of two, and ``merge_preview`` shows what that would do.
``conflicts`` settles what was reported, ``relink`` moves an identity to another user.
``staff_rules`` and ``other_logins`` say when a human has to decide.
"""

from .conflicts import AlreadySettled, dismiss, keep_apart, settle_by_merge
from .merge import MergeRefused, MergeVetoed, UserGone, merge_users
from .merge_preview import plan_merge
from .relink import LinkRefused, link, unlink

__all__ = [
    "AlreadySettled",
    "LinkRefused",
    "MergeRefused",
    "MergeVetoed",
    "UserGone",
    "dismiss",
    "keep_apart",
    "link",
    "merge_users",
    "plan_merge",
    "settle_by_merge",
    "unlink",
]
