"""What other apps can hear of, and have a word in.

``profile_fetched``
    TikTok told a person's profile, and it is stored. Arguments: ``identity``,
    ``user_info`` (a ``tiktok.types.UserInfo``). The hook for whatever a project wants
    to copy to its own user model or to keep of the picture.

``merging_users``
    Two users are about to become one. Arguments: ``younger``, who goes, and ``older``,
    who stays. Sent inside the transaction: move your rows here, or raise
    ``flows.merging.MergeVetoed`` with a reason, and nothing happens.

``users_merged``
    They are one. Arguments: ``older``, ``younger_pk``, and ``kept_alive``: the models
    whose rows still point at the younger user, who then stays, deactivated.

``linking_conflict_found``
    TikTok calls two users one person. Argument: ``conflict``, a new
    ``LinkingConflict``.
"""

from __future__ import annotations

from django.dispatch import Signal

profile_fetched = Signal()
merging_users = Signal()
users_merged = Signal()
linking_conflict_found = Signal()
