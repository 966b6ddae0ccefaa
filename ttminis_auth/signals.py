"""Signals that this package sends. Receivers of some may veto.

``profile_fetched``
    TikTok sent a user's profile, and it is stored. Arguments: ``identity``,
    ``user_info`` (a ``tiktok.types.UserInfo``). The hook for whatever a project wants
    to copy to its own user model or to keep of the picture.

``merging_users``
    Two users are about to become one. Arguments: ``younger``, who goes, and ``older``,
    who stays; an operator may have chosen it the other way round. Sent inside the
    transaction: move your rows here, or raise ``linking.MergeVetoed`` with a
    reason, and nothing happens.

    ``dry_run`` is true where an operator looks at what a merge would do: receivers run
    all the same, and then the database is rolled back. What is outside of the database,
    such as mails, files and other services, therefore belongs to
    ``transaction.on_commit``, or into a receiver of ``users_merged``.

``users_merged``
    They are one. Arguments: ``older``, ``younger_pk``, and ``kept_alive``: the models
    whose rows still point at the younger user, who then stays, deactivated. Sent after
    the commit, and not in a dry run.

``linking_conflict_found``
    TikTok calls two users one person. Argument: ``conflict``, a new
    ``LinkingConflict``.

``reauthorization_required``
    None of a person's tokens works any more, and their next login, silent in a mini
    app, is what helps. Argument: ``identity``. Sent once, after the commit.

``authorization_removed``
    A user removed the app, or their tokens were revoked. Arguments: ``identity``,
    ``reason`` (a number, see ``tiktok.types.RemovalReason``), ``at``. Sent once, after
    the commit; for work that must not get lost take ``webhook_received``.

``webhook_received``
    TikTok sent an event, of payments for example. Arguments: ``event`` (a
    ``tiktok.types.WebhookEvent``), ``identity`` (None where TikTok names no user, or
    one without an identity), ``delivery`` (the stored ``WebhookDelivery``). Sent once
    for each event, inside a transaction. If a receiver raises, what all receivers did
    is rolled back, and the delivery waits for "manage.py ttminis_webhooks". Leave slow
    work to a task: TikTok is waiting for the answer.
"""

from __future__ import annotations

from django.dispatch import Signal

profile_fetched = Signal()
merging_users = Signal()
users_merged = Signal()
linking_conflict_found = Signal()
reauthorization_required = Signal()
authorization_removed = Signal()
webhook_received = Signal()

__all__ = [
    "authorization_removed",
    "linking_conflict_found",
    "merging_users",
    "profile_fetched",
    "reauthorization_required",
    "users_merged",
    "webhook_received",
]
