"""Settle a reported linking conflict, once.

A pair of users that was kept apart is never merged or reported again. A dismissed pair
is not reported again either, for any app. But it is merged if ``TTMINIS_UNION_LINKING``
is "merge" and nothing prevents it any more: no operator has decided that these are two
people.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import product
from typing import Literal

from django.contrib.auth.base_user import AbstractBaseUser as User
from django.utils import timezone
from django.utils.translation import gettext as _

from ..core import database
from ..core.locks import hold, hold_conflict
from ..models import Identity, LinkingConflict
from ..tiktok.identifiers import identifier
from . import merge
from .merge import MergeRefused
from .staff_rules import Operator, OperatorRefused

State = LinkingConflict.State


class AlreadySettled(OperatorRefused):
    """Another operator was faster, or an automatic merge; nothing has changed.

    Attributes:
        state: a ``LinkingConflict.State``, or None where the conflict is gone.
    """

    def __init__(self, state: str | None) -> None:
        super().__init__(_("The conflict was settled meanwhile."))
        self.state = state


def settle_by_merge(
    conflict: LinkingConflict,
    *,
    by: Operator = None,
    keep: Literal["older", "younger"] = "older",
    expected_user_pks: Collection[object] | None = None,
    require: Callable[[User, User], object] = lambda goes, stays: None,
) -> list[str]:
    """Merge the two users, and return the labels of the models left behind.

    Arguments:
        by: the operator. Users who are staff are merged by superusers only.
        keep: which of the users stays.
        expected_user_pks: the users of both identities when the operator looked, as
            values or as text; None does not ask.
        require: is called with both users locked, and raises what forbids it.

    Raises AlreadySettled, MergeRefused or MergeVetoed.
    """
    stays, goes = _users(conflict)
    pks = [stays.pk, goes.pk] if expected_user_pks is None else expected_user_pks
    if keep == "younger":
        stays, goes = goes, stays
    if stays == goes:
        _settle(conflict, State.MERGED)
        return []

    def require_both() -> None:
        _require_still_so(conflict, {str(pk) for pk in pks})
        require(goes, stays)

    return merge.merge_users(goes, stays, by=by, require=require_both)


def keep_apart(conflict: LinkingConflict) -> None:
    """Remember that these are two people; raises AlreadySettled.

    It is noted for each pair of their identities.
    """
    pks = [user.pk for user in _users(conflict)]
    with database.atomic():
        hold(*pks)
        _settle(conflict, State.KEPT_APART)
        older, younger = _users(conflict)
        if older != younger:
            _note_for_others(conflict, older, younger)


def dismiss(conflict: LinkingConflict) -> None:
    """Close the conflict without a decision; raises AlreadySettled."""
    _settle(conflict, State.DISMISSED)


def _settle(conflict: LinkingConflict, state: State) -> None:
    with database.atomic():
        now = _open(conflict)
        now.state, now.resolved_at = state, timezone.now()
        now.save(update_fields=["state", "resolved_at"])


def _note_for_others(conflict: LinkingConflict, older: User, younger: User) -> None:
    # If an identity is unlinked or erased, its conflicts go with it. The next consent
    # in another app could then merge the two users after all.
    pairs = product(_identities_of(older), _identities_of(younger))
    noted = (
        LinkingConflict(
            older_id=one,
            younger_id=other,
            union_id=conflict.union_id,
            reason=conflict.reason,
            detail=conflict.detail,
            found_at=conflict.found_at,
            state=State.KEPT_APART,
            resolved_at=timezone.now(),
        )
        for one, other in pairs
    )
    LinkingConflict.objects.bulk_create(noted, ignore_conflicts=True)


def _identities_of(user: User) -> list[int]:
    found = Identity.objects.filter(account__user=user.pk).order_by("pk")
    return list(found.values_list("pk", flat=True))


def _users(conflict: LinkingConflict) -> tuple[User, User]:
    users = "older__account__user", "younger__account__user"
    now = LinkingConflict.objects.select_related(*users).filter(pk=conflict.pk).first()
    if now is None:
        raise AlreadySettled(None)
    return now.older.account.user, now.younger.account.user


def _require_still_so(conflict: LinkingConflict, pks: set[str]) -> None:
    # Users before conflicts: merges and erasures lock them in this order.
    _open(conflict)
    if identifier(conflict.union_id) is None:
        raise MergeRefused(_("TikTok gave these users no union_id in common."))
    if {str(user.pk) for user in _users(conflict)} != pks:
        raise MergeRefused(_("One of the users was changed meanwhile. Look again."))


def _open(conflict: LinkingConflict) -> LinkingConflict:
    """Lock the conflict's row; raises AlreadySettled."""
    now = hold_conflict(conflict)
    if now is None or now.state != State.OPEN:
        raise AlreadySettled(now.state if now else None)
    return now
