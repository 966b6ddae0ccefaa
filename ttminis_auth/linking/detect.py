"""Find users with the same ``union_id``, and report or merge them.

A ``union_id`` is the same in all apps of one developer. It links stored users, and
never leads to a login: only an ``open_id`` does that. A merge that is not clearly safe
becomes a ``LinkingConflict`` for an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ..conf import conf
from ..core import database, session_hash
from ..core.client_apps import is_sandbox
from ..core.locks import hold, is_shown
from ..models import Identity, LinkingConflict
from ..signals import linking_conflict_found
from ..tiktok.identifiers import identifier
from .merge import MergeVetoed, UserGone, merge
from .other_logins import is_tiktoks_alone
from .staff_rules import is_privileged, rights_of

Obstacle = Callable[[User, User], LinkingConflict.Reason | None]
Reason = LinkingConflict.Reason
State = LinkingConflict.State


def consider(identity: Identity) -> User | None:
    """Compare an identity with the others of its ``union_id``, and act on the policy.

    Returns the user who stayed if users were merged, else None. What stands in the
    way of a merge is stored and signalled, never raised.
    """
    # Older rows may hold a placeholder, such as a dash, for a union_id.
    union_id = identifier(identity.union_id)
    if conf.TTMINIS_UNION_LINKING == "off" or union_id is None:
        return None
    same = Identity.objects.with_user().filter(union_id=union_id)
    person = {each.pk: each for each in same.order_by("pk")}
    ours = person.pop(identity.pk, None)
    if ours is None:
        return None  # disconnected meanwhile
    others = _others(ours, person.values())
    for other in others:
        older, younger = _by_age(ours, other)
        if _known(older, younger).filter(state=State.KEPT_APART).exists():
            continue
        ask = partial(_obstacle, union_id=union_id)
        pair = (older.account.user, younger.account.user)
        if obstacle := Reason.SEVERAL if len(others) > 1 else ask(*pair):
            _report(older, younger, reason=obstacle)
        elif _merge(older, younger, ask):
            return older.account.user
    return None


def keep_logged_in(request: HttpRequest, user: User) -> None:
    """Keep the visitor's session after a merge, which ends all sessions of the user."""
    current = request.user
    if current.is_authenticated and current.pk == user.pk:
        # The request's user was read before the merge: a later save() would write the
        # old value back.
        current.password = user.password
        session_hash.renew(request, current)


def _others(ours: Identity, same: Iterable[Identity]) -> list[Identity]:
    """Return one identity for each other user of the same person.

    Identities of a sandbox are the developer's test users. They are never compared with
    real ones.
    """
    found: dict[object, Identity] = {}
    for other in same:
        if other.account.user_id != ours.account.user_id:
            found.setdefault(other.account.user_id, other)
    sandbox = bool(found) and is_sandbox(ours.client_key)
    return [o for o in found.values() if is_sandbox(o.client_key) == sandbox]


def _known(older: Identity, younger: Identity) -> QuerySet[LinkingConflict]:
    """Find the conflict that is stored for two users, under any of their identities."""
    # In both orders: an operator may have linked an identity to an older user.
    one, other = older.account.user_id, younger.account.user_id
    return LinkingConflict.objects.filter(
        Q(older__account__user=one, younger__account__user=other)
        | Q(older__account__user=other, younger__account__user=one)
    )


def _report(older: Identity, younger: Identity, **facts: object) -> None:
    """Store and signal what was found, once for each pair of users."""
    # Each of the two users may have several identities. Two consents at once, by
    # different ones, would both find nothing here and store a conflict each.
    with database.atomic():
        hold(older.account.user_id, younger.account.user_id)
        both = Identity.objects.filter(pk__in=[older.pk, younger.pk])
        # One of them may be erased while the other consents: then there is no conflict.
        if both.count() < 2 or _known(older, younger).exists():
            return
        conflict, is_new = LinkingConflict.objects.get_or_create(
            older=older,
            younger=younger,
            defaults={"union_id": older.union_id or "", **facts},
        )
    if is_new:
        linking_conflict_found.send(sender=LinkingConflict, conflict=conflict)


def _merge(older: Identity, younger: Identity, obstacle: Obstacle) -> bool:
    known = [conflict.pk for conflict in _known(older, younger)]
    try:
        left = merge(older.account.user, younger.account.user, obstacle=obstacle)
    except MergeVetoed as veto:
        _report(older, younger, reason=Reason.VETOED, detail=str(veto))
        return False
    except UserGone:
        return False  # a parallel merge was faster, and noted it
    facts = {
        "state": State.MERGED,
        "reason": "",
        "detail": f"The younger user is kept, inactive: {', '.join(left)}" * bool(left),
        "resolved_at": timezone.now(),
    }
    if not LinkingConflict.objects.filter(pk__in=known).update(**facts):
        _report(older, younger, **facts)
    return True


def _by_age(one: Identity, other: Identity) -> tuple[Identity, Identity]:
    """Return the identity of the older user, then that of the younger."""

    def age(identity: Identity) -> tuple[datetime, int]:
        user = identity.account.user
        return getattr(user, "date_joined", identity.created_at), user.pk

    older, younger = sorted((one, other), key=age)
    return older, younger


# An attacker signs up with a password, and waits. With the victim's phone in hand for a
# minute, the attacker connects the victim's TikTok account to that user. Later the
# victim opens another app of the site, which makes a younger user. If the server merged
# the two, the attacker's password would open all that the victim has. So TikTok has to
# be the only way into both. The other way round, an attacker who takes over a victim's
# TikTok account gets what TikTok alone opens, and no more.
def _obstacle(
    older: User, younger: User, *, union_id: str
) -> LinkingConflict.Reason | None:
    """Return why the two users may not be merged without a human, or None."""
    if conf.TTMINIS_UNION_LINKING != "merge":
        return Reason.POLICY
    if is_privileged(older) or is_privileged(younger):
        # Control of a TikTok account must not make an attacker an operator.
        return Reason.STAFF
    if not all(user.is_active and is_shown(user) for user in (older, younger)):
        return Reason.INACTIVE  # also users that the project hides: they cannot log in
    if rights_of(older) != rights_of(younger):
        return Reason.RIGHTS
    if not (_is_one_person(older, union_id) and _is_one_person(younger, union_id)):
        return Reason.MIXED
    if not (is_tiktoks_alone(older) and is_tiktoks_alone(younger)):
        return Reason.NOT_SILENT
    return None


# An attacker with a victim's phone in hand for a minute can connect the victim's TikTok
# account to a user of their own. A merge with the victim's user would make that minute
# last for ever: the attacker's own TikTok account would open all that the victim has.
def _is_one_person(user: User, union_id: str) -> bool:
    """Return whether all TikTok accounts of the user have this ``union_id``."""
    theirs = Identity.objects.filter(account__user=user.pk)
    return not theirs.exclude(union_id=union_id).exists()
