"""Draw an episode from a seed, and play it with real threads."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from threading import Barrier
from typing import Any

from allauth.account.signals import user_logged_in
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import pre_social_login
from django.core.signals import got_request_exception
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import Signal
from django.test import Client
from django.utils import timezone

from tests.races import operations, server
from tests.races.operations import Accident, perform
from tests.races.stage import (
    APPS,
    Actor,
    Operation,
    Seen,
    Stage,
    User,
    new_client,
)
from ttminis_auth import signals
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens.revoke_later import revocations

SIGNALS: dict[str, tuple[Signal, Any]] = {
    "profile_fetched": (signals.profile_fetched, None),
    "merging_users": (signals.merging_users, None),
    "users_merged": (signals.users_merged, None),
    "linking_conflict_found": (signals.linking_conflict_found, None),
    "reauthorization_required": (signals.reauthorization_required, None),
    "authorization_removed": (signals.authorization_removed, None),
    "webhook_received": (signals.webhook_received, None),
    "pre_social_login": (pre_social_login, None),
    "user_logged_in": (user_logged_in, None),
    "post_save of User": (post_save, User),
    "post_save of SocialAccount": (post_save, SocialAccount),
    "post_save of Identity": (post_save, Identity),
    "post_save of Grant": (post_save, Grant),
}
# How often a thread does what, compared with other things.
WEIGHTS = {
    "login": 8,
    "authorize": 6,
    "connect": 4,
    "switch": 3,
    "logout": 2,
    "remove_app": 5,
    "token": 4,
    "refresh_due": 4,
    "refresh_one": 1,
    "fetch_profile": 2,
    "erase": 3,
    "revoke": 1,
    "link": 2,
    "unlink": 2,
    "merge": 2,
    "settle": 1,
    "delete_user": 2,
    "delete_account": 2,
    "disconnect": 2,
    "end_sessions": 2,
    "reencrypt": 1,
    "prune": 1,
    "ban": 1,
}


@dataclass(kw_only=True)
class Episode:
    """What is to happen; the same for the same seed.

    Attributes:
        settings: of the project.
        latency: how many seconds TikTok takes for each answer.
        known: how each person is known beforehand: not at all, by a login or a
            consent, or connected to the local user.
        receivers: the name of a signal, and whether its receiver raises.
        scripts: for each thread whose session it begins with, and what it does.
    """

    seed: str
    settings: dict[str, Any]
    latency: float
    known: dict[Seen, str]
    is_due: bool
    receivers: dict[str, bool]
    scripts: list[tuple[Seen | str | None, list[Operation]]] = field(
        default_factory=list
    )

    def __str__(self) -> str:
        return (
            f"{self.settings}, latency {self.latency}, due {self.is_due}, "
            f"receivers that raise {self.receivers}, known {self.known}"
        )


def draw(seed: str) -> Episode:
    """Make up an episode."""
    rng = random.Random(seed)
    people = ("mia", "noah")[: rng.choice((1, 1, 2))]
    seen = [(handle, key) for handle in people for key in APPS[: rng.choice((1, 2))]]
    ways = ("unknown", "login", "login", "consent", "consent", "connected")
    has_receivers = rng.random() < 0.4
    episode = Episode(
        seed=seed,
        settings={
            "TTMINIS_UNION_LINKING": rng.choice(("off", "report", "merge")),
            "TTMINIS_REVOKE_ON": rng.choice(([], ["disconnect"], ["delete"])),
            "TTMINIS_REMOVAL_ACTIONS": {
                "default": rng.choice((["end_minis_sessions"], ["end_sessions"]))
            },
            "TTMINIS_REMOVED_RETENTION": rng.choice((None, timedelta(0))),
        },
        latency=rng.choice((0.0, 0.0, 0.005, 0.02)),
        known={each: rng.choice(ways) for each in seen},
        is_due=rng.random() < 0.5,
        receivers={
            name: rng.random() < 0.4
            for name in (rng.sample(sorted(SIGNALS), 3) if has_receivers else ())
        },
    )
    for _ in range(rng.randint(2, 8)):
        session = rng.choice((None, "olga", *seen))
        script = [_operation(rng, seen) for _ in range(rng.choice((1, 1, 2, 3)))]
        episode.scripts.append((session, script))
    return episode


def _operation(rng: random.Random, seen: list[Seen]) -> Operation:
    kind = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    yes = rng.random() < 0.5
    options: dict[str, Any] = {}
    if kind in ("login", "connect", "switch", "token"):
        options = {"scopes": rng.choice(("narrow", "narrow", "broad"))}
    elif kind == "authorize":
        options = {"scopes": "broad"}
    elif kind == "remove_app":
        options = {"times": rng.choice((1, 2))}
    elif kind == "refresh_due":
        options = {"workers": rng.choice((1, 2))}
    elif kind == "erase":
        options = {"delete_user": yes, "revoke": rng.random() < 0.5}
    elif kind == "unlink":
        options = {"revoke": rng.choice((None, False, True))}
    elif kind == "link":
        options = {"to": rng.choice((None, *seen))}
    elif kind == "merge":
        options = {"into": rng.choice(seen)}
    elif kind in ("delete_user", "delete_account"):
        options = {"by_queryset": yes}
    return Operation(kind=kind, seen=rng.choice(seen), options=options)


def play(episode: Episode, stage: Stage, threads: ThreadPoolExecutor) -> list[Actor]:
    """Let all threads begin at once, and return them when the last has ended."""
    stage.accidents = any(episode.receivers.values())
    actors = _enter(episode, stage)
    stage.tiktok.latency = episode.latency
    barrier = Barrier(len(actors))
    with _listening(episode, stage):
        for future in [threads.submit(_act, stage, one, barrier) for one in actors]:
            future.result()
        revocations.wait()
    stage.tiktok.latency = 0.0
    return actors


def _act(stage: Stage, actor: Actor, barrier: Barrier) -> None:
    barrier.wait()
    for operation in actor.operations:
        perform(stage, actor, operation)
    server.report_deadlocks()


def _enter(episode: Episode, stage: Stage) -> list[Actor]:
    """Let the people come who are there beforehand, and hand out their sessions."""
    olga = new_client()
    olga.login(username="olga", password="a long password")
    begun: dict[Any, Actor] = {"olga": Actor(client=olga, operations=[])}
    for seen, way in episode.known.items():
        begun[seen] = _known(stage, seen, way, olga)
    if episode.is_due:
        now = timezone.now()
        Grant.objects.update(
            access_expires_at=now + timedelta(minutes=1),
            issued_at=now - timedelta(hours=2),
        )
    actors = []
    for session, script in episode.scripts:
        base = begun.get(session)
        client = stage.in_session_of(base.client) if base else new_client()
        before = base.operations if base else []
        actors.append(Actor(client=client, operations=script, before=before))
    return actors


def _known(stage: Stage, seen: Seen, way: str, olga: Client) -> Actor:
    actor = Actor(client=olga if way == "connected" else new_client(), operations=[])
    kinds = {
        "login": ("login", "narrow"),
        "consent": ("authorize", "broad"),
        "connected": ("connect", "narrow"),
    }
    if way in kinds:
        kind, scopes = kinds[way]
        known = Operation(kind=kind, seen=seen, options={"scopes": scopes})
        perform(stage, actor, known)
        assert known.result == operations.DONE, known
        actor.operations.append(known)
    return actor


@contextmanager
def _listening(episode: Episode, stage: Stage) -> Any:
    """Connect what notes deletions, and the project's receivers."""
    with ExitStack() as connected:
        _connect(connected, got_request_exception, stage.note_exception, None)
        _connect(connected, post_delete, stage.note_deletion, User)
        _connect(connected, pre_delete, stage.note_lost_account, SocialAccount)
        for name, raises in episode.receivers.items():
            signal, sender = SIGNALS[name]
            _connect(connected, signal, _receiver(raises=raises), sender)
        yield


def _connect(connected: ExitStack, signal: Signal, receiver: Any, sender: Any) -> None:
    signal.connect(receiver, sender=sender, weak=False)
    connected.callback(signal.disconnect, receiver, sender=sender)


def _receiver(*, raises: bool) -> Any:
    calls = count()

    def receive(**kwargs: Any) -> None:
        time.sleep(0.02)
        if raises and next(calls) % 2 == 0:
            raise Accident

    return receive
