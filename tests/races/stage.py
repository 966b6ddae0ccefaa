"""Where an episode plays: two people, two apps, one local user, and what was noted."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client

from tests.fixtures import DRAMA, GAME
from tests.grants import access
from ttminis_auth.models import Grant, Identity
from ttminis_auth.simulator.rights import TokenPair
from ttminis_auth.simulator.world import World

APPS = (DRAMA, GAME)

User: Any = get_user_model()
Seen = tuple[str, str]
"""A person as one app sees them: a handle and a client key."""


@dataclass(kw_only=True)
class Operation:
    """One thing that a thread does, and what came of it.

    Attributes:
        kind: the name of a function of ``operations``.
        seen: who it is about.
        options: further arguments, drawn beforehand.
        exchanged: when TikTok gave tokens for its code, if ever.
        looked: when TikTok was asked for the profile, if ever.
        result: what came of it, or the name of the refusal.
        fault: an answer or an exception that nothing explains.
        facts: what the invariants want to know besides.
    """

    kind: str
    seen: Seen
    options: dict[str, Any]
    started: float = 0.0
    ended: float = 0.0
    exchanged: float | None = None
    looked: float | None = None
    result: str = ""
    fault: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        app = {DRAMA: "drama", GAME: "game"}[self.seen[1]]
        options = "".join(f" {name}={said}" for name, said in self.options.items())
        came = self.fault or self.result
        times = f"{self.started * 1000:.1f}-{self.ended * 1000:.1f} ms"
        return f"{self.kind} {self.seen[0]}@{app}{options}: {came} [{times}]"


@dataclass(kw_only=True)
class Actor:
    """A thread with a browser of its own."""

    client: Client
    operations: list[Operation]
    before: list[Operation] = field(default_factory=list)
    """The logins of the session that the browser begins with."""

    @property
    def history(self) -> list[Operation]:
        return [*self.before, *self.operations]


class Stage:
    """The database and TikTok as one episode finds them, and notes while it plays."""

    def __init__(self, tiktok: World, code_url: str) -> None:
        self.tiktok = tiktok
        self.code_url = code_url
        self.accidents = False
        self._codes: dict[str, Operation] = {}
        self._doing = threading.local()
        self.kills: dict[Seen, float] = {}
        self._began = time.monotonic()
        self.deleted_users: list[tuple[Any, Operation]] = []
        self.lost_accounts: list[tuple[Any, Operation]] = []
        self._bearers: dict[str, Operation] = {}
        self.olga = User.objects.create_user("olga", password="a long password")

    def now(self) -> float:
        return time.monotonic() - self._began

    @contextmanager
    def doing(self, operation: Operation) -> Iterator[None]:
        """Note whose work this thread does, and when."""
        self._doing.operation, self._doing.exception = operation, None
        operation.started = self.now()
        try:
            yield
        finally:
            operation.ended = self.now()
            self._doing.operation = None

    def issue(self, operation: Operation, scopes: tuple[str, ...]) -> str:
        handle, key = operation.seen
        code = self.tiktok.issue_code(key, handle, scopes=scopes)
        self._codes[code] = operation
        return code

    @property
    def listeners(self) -> dict[str, Callable[..., None]]:
        """The hooks of TikTok's methods."""
        return {
            "redeem_code": self._note_exchange,
            "bearer": self._note_profile,
            "remove_app": self._note_kill,
            "revoke": self._note_kill,
        }

    def _note_exchange(self, began: float, pair: TokenPair | None, *args: str) -> None:
        if (operation := self._codes.get(args[0])) and pair:
            operation.exchanged = began
            self._bearers[pair.access_token] = operation

    def _note_profile(self, began: float, right: object, access_token: str) -> None:
        if operation := self._bearers.get(access_token):
            operation.looked = operation.looked or began

    def _note_kill(self, began: float, answer: object, handle: str, key: str) -> None:
        self.kills[handle, key] = self.now()

    def note_exception(self, **kwargs: Any) -> None:
        """Receive ``got_request_exception``: why this thread's request is a 500."""
        self._doing.exception = sys.exc_info()[1]

    def given(self, grant: Grant) -> float:
        """Return when TikTok gave the tokens for a code; what it renewed came later."""
        login = self._bearers.get(access(grant))
        return math.inf if login is None else login.exchanged or 0.0

    @property
    def exception(self) -> BaseException | None:
        return getattr(self._doing, "exception", None)

    def note_deletion(self, sender: Any, instance: Any, **kwargs: Any) -> None:
        """Receive ``post_delete``: whose work took a user away."""
        if operation := getattr(self._doing, "operation", None):
            self.deleted_users.append((instance.pk, operation))

    def note_lost_account(self, sender: Any, instance: Any, **kwargs: Any) -> None:
        """Receive ``pre_delete``: who deletes an account, and of which user."""
        operation = getattr(self._doing, "operation", None)
        # A merge may have moved it since Django read it.
        now = SocialAccount.objects.filter(pk=instance.pk).first()
        if operation and now:
            self.lost_accounts.append((now.user_id, operation))

    def identity(self, seen: Seen) -> Identity | None:
        open_id = self.tiktok.open_id(*seen)
        known = Identity.objects.with_user().filter(client_key=seen[1])
        return known.filter(open_id=open_id).first()

    def in_session_of(self, client: Client) -> Client:
        """Return a second browser window: the same cookies, kept apart."""
        other = new_client()
        other.cookies.load({name: it.value for name, it in client.cookies.items()})
        return other


def new_client() -> Client:
    # The usual one raises what fails in any thread's request.
    return Client(raise_request_exception=False)
