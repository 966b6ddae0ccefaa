"""What holds after each episode, whatever happened at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from allauth.socialaccount.models import SocialAccount

from tests.databases import connection
from tests.grants import refresh
from tests.races.operations import DONE
from tests.races.stage import Actor, Operation, Stage, User
from tests.sessions import user_of
from ttminis_auth.core.sessions import SESSION_KEY
from ttminis_auth.models import Identity, LinkingConflict, WebhookDelivery

Broken = Iterator[str]

LOGINS = ("login", "authorize", "switch")
# Those by which an identity, or its sessions, end where they succeed.
ENDS = ("remove_app", "erase", "unlink", "revoke", "delete_account", "disconnect")
# Those by whose nature a user may be left without a way in.
TAKES_AWAY = ("erase", "prune", "delete_account", "delete_user")
# Those that end grants, or may tell TikTok, which then ends all tokens and codes.
MAY_KILL = (*ENDS, "delete_user")


class Result:
    """What an episode came to."""

    def __init__(self, stage: Stage, actors: list[Actor]) -> None:
        self.stage = stage
        self.actors = actors
        self.operations = [each for actor in actors for each in actor.operations]
        self.everything = self.operations + [
            each for actor in actors for each in actor.before
        ]
        self.identities = {
            (each.client_key, each.open_id): each
            for each in Identity.objects.with_user().prefetch_related("grants")
        }
        self.deliveries = list(WebhookDelivery.objects.all())

    def broken(self) -> list[str]:
        """Return a sentence for each invariant that does not hold."""
        return [sentence for check in CHECKS for sentence in check(self)]

    def identity(self, operation: Operation) -> Identity | None:
        handle, key = operation.seen
        return self.identities.get((key, self.stage.tiktok.open_id(handle, key)))

    def of(self, identity: Identity) -> list[Operation]:
        """Return what was done about one identity."""
        return [each for each in self.everything if self.identity(each) == identity]

    def has_ended(self, login: Operation, by: Operation) -> bool:
        """Say whether what the login began has to have ended by an operation.

        Where the identity stays, the package knows when TikTok was asked for the login.
        Where it goes, nothing is kept to compare with: a login that has not looked the
        user up before finds none, and makes a new one.
        """
        if by.seen != login.seen:
            return False
        if by.kind in ("remove_app", "revoke"):
            return (login.exchanged or 0.0) < by.started and self._is_news(by)
        looked = login.looked or login.ended
        return by.kind in ENDS and by.result == DONE and looked < by.started

    def _is_news(self, removal: Operation) -> bool:
        if removal.kind == "revoke":
            return removal.result == "revoked"
        content = removal.facts.get("content")
        first = next(
            (each for each in self.deliveries if each.content == content), None
        )
        # What TikTok dates in the same second counts as the same removal.
        same = [each for each in self.deliveries if first and _are_same(each, first)]
        return len(same) == 1 and same[0].result == "handled"


def there_is_no_fault(result: Result) -> Broken:
    for operation in result.operations:
        if operation.fault:
            yield f"{operation.kind} failed: {operation.fault}"


def everybody_is_there_once(result: Result) -> Broken:
    accounts = Counter(SocialAccount.objects.values_list("provider", "uid"))
    for (provider, _), times in accounts.items():
        if times > 1:
            yield f"two social accounts of one person in {provider}"
    for identity in result.identities.values():
        if identity.account.uid != identity.open_id:
            yield "an identity has another person's social account"


def _sessions_that_count(result: Result) -> Iterator[tuple[Any, Operation]]:
    """Yield the user of each session, and the login that it comes from."""
    for actor in result.actors:
        if last := _last_login(actor):
            session = actor.client.session
            if SESSION_KEY in session and (user := user_of(session)):
                yield user, last


def no_session_is_another_user_s(result: Result) -> Broken:
    for user, last in _sessions_that_count(result):
        identity = result.identity(last)
        if identity is None:
            yield f"a session of {last.kind} counts, and its identity is gone"
        elif identity.account.user_id != user.pk:
            yield f"a session of {last.kind} is of another user than its identity"


def no_session_outlives_its_end(result: Result) -> Broken:
    for user, last in _sessions_that_count(result):
        for end in result.operations:
            by_user = end.kind == "end_sessions" and end.result == DONE
            # A merge may bring the user a login that was another's when these ended.
            is_theirs = by_user and (
                end.facts["user"] == user.pk
                and result.identity(last) in end.facts["identities"]
            )
            is_older = (last.exchanged or 0.0) < end.started
            if (is_theirs and is_older) or result.has_ended(last, end):
                yield f"a session of {last.kind} outlives {end.kind}"


def no_removed_identity_has_an_active_grant(result: Result) -> Broken:
    for identity in result.identities.values():
        living = [each for each in identity.grants.all() if each.dead_at is None]
        if identity.state == Identity.State.REMOVED and living:
            yield "a removed identity has a living grant"


def no_rotation_is_lost(result: Result) -> Broken:
    """Comes last, as it asks TikTok for new tokens."""
    for identity in result.identities.values():
        theirs = result.of(identity)
        ends = [each.ended for each in theirs if each.kind in MAY_KILL]
        kills = result.stage.kills
        ends += [kills[seen] for seen in {each.seen for each in theirs} & kills.keys()]
        last = max(ends, default=-1.0)
        logins = [each for each in theirs if each.result == DONE and each.exchanged]
        if ends and not any(each.exchanged > last for each in logins):
            continue
        yield from _lost_of(result, identity, last if ends else None)


def _lost_of(result: Result, identity: Identity, ended: float | None) -> Broken:
    if identity.state != Identity.State.ACTIVE:
        yield f"an identity is {identity.state} after a login that nothing ended"
    grants = list(identity.grants.all())
    living = [each for each in grants if each.dead_at is None]
    if len(living) < len(grants) and ended is None:
        yield "a grant is dead for no reason"
    if not living:
        yield "there is no living grant after a login that nothing ended"
    if ended is not None:
        # Older tokens are dead. A slow login may have stored some all the same.
        latest = sorted(living, key=lambda grant: grant.issued_at)[-1:]
        living = [each for each in latest if result.stage.given(each) > ended]
    for grant in living:
        if not result.stage.tiktok.rotate(refresh(grant), identity.client_key):
            yield "a rotation is lost: TikTok does not know the stored token"


def no_refresh_token_is_sent_twice(result: Result) -> Broken:
    """But on SQLite, where a deletion cannot wait for a renewal that is under way."""
    for seen in {each.seen for each in result.everything}:
        is_over = any(each.kind in MAY_KILL for each in result.operations)
        if connection.vendor == "sqlite" and is_over:
            continue
        if result.stage.tiktok.reuses(*seen):
            yield "a refresh token was sent twice"


def no_user_lost_the_last_login(result: Result) -> Broken:
    taken = {user for user, by in result.stage.lost_accounts if by.kind in TAKES_AWAY}
    for user in User.objects.filter(socialaccount=None, is_active=True):
        if not user.has_usable_password() and user.pk not in taken:
            by = {by.kind for who, by in result.stage.lost_accounts if who == user.pk}
            if "disconnect" in by and len(by) > 1:
                continue  # allauth's page looks before it locks, as ``relink`` says
            yield f"a user has no way in after {sorted(by)}"


def no_erased_identity_is_back(result: Result) -> Broken:
    for user, by in result.stage.deleted_users:
        if by.result in (DONE, "page 302") and User.objects.filter(pk=user).exists():
            yield f"a user is back after {by.kind}"
    for end in result.operations:
        identity = result.identity(end)
        if end.kind not in ("erase", "unlink") or end.result != DONE or not identity:
            continue
        logins = [each for each in result.of(identity) if each.exchanged is not None]
        if all(result.has_ended(each, end) for each in logins):
            yield f"an identity is back after {end.kind}"


def a_ban_holds(result: Result) -> Broken:
    for operation in result.operations:
        user = operation.facts.get("user") if operation.kind == "ban" else None
        if user and User.objects.filter(pk=user, is_active=True).exists():
            yield "a ban was undone"


def every_delivery_is_settled(result: Result) -> Broken:
    for delivery in result.deliveries:
        if delivery.result == "received":
            yield "a delivery is left behind"
        if delivery.result == "failed" and not result.stage.accidents:
            yield f"a delivery failed: {delivery.error}"


def each_pair_has_one_conflict(result: Result) -> Broken:
    pairs = Counter(
        frozenset((each.older.account.user_id, each.younger.account.user_id))
        for each in LinkingConflict.objects.select_related(
            "older__account", "younger__account"
        ).filter(state="open")
    )
    if any(times > 1 for times in pairs.values()):
        yield "a pair of users has two open conflicts"


CHECKS: tuple[Callable[[Result], Broken], ...] = (
    there_is_no_fault,
    everybody_is_there_once,
    no_session_is_another_user_s,
    no_session_outlives_its_end,
    no_removed_identity_has_an_active_grant,
    no_user_lost_the_last_login,
    no_erased_identity_is_back,
    a_ban_holds,
    every_delivery_is_settled,
    each_pair_has_one_conflict,
    no_refresh_token_is_sent_twice,
    no_rotation_is_lost,
)


def _are_same(one: WebhookDelivery, other: WebhookDelivery) -> bool:
    facts = "client_key", "user_openid", "create_time"
    return all(getattr(one, name) == getattr(other, name) for name in facts)


def _last_login(actor: Actor) -> Operation | None:
    logins = [
        each for each in actor.history if each.kind in LOGINS and each.result == DONE
    ]
    return logins[-1] if logins else None
