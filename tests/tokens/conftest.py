"""People whose tokens are about to expire, as many as a test wants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests.fixtures import DRAMA
from tests.grants import encrypted
from ttminis_auth.models import Grant, Identity
from ttminis_auth.signals import reauthorization_required
from ttminis_auth.tokens import backoff

OLD = timedelta(hours=2)

Crowd = Callable[..., list[Grant]]


@pytest.fixture
def crowd(tiktok: Any, db: None) -> Crowd:
    """Let people log in two hours ago: ``crowd(3)``, with columns as keywords.

    Their tokens are good at TikTok, and expire one after the other from now on.
    """

    def create(count: int = 1, *, app: str = DRAMA, **columns: Any) -> list[Grant]:
        first = Identity.objects.count()
        answers = [
            _tokens(tiktok, app, f"person{number}")
            for number in range(first, first + count)
        ]
        return _store(app, answers, columns)

    return create


def _tokens(tiktok: Any, app: str, handle: str) -> dict[str, Any]:
    tiktok.add_person(handle, handle.title())
    return dict(tiktok.issue_tokens(app, handle))


def _store(app: str, answers: list[Any], columns: dict[str, Any]) -> list[Grant]:
    names = [answer["open_id"] for answer in answers]
    User = get_user_model()  # noqa: N806, it is a class
    users = User.objects.bulk_create(User(username=name) for name in names)
    accounts = SocialAccount.objects.bulk_create(
        SocialAccount(user=user, provider="ttminis", uid=name)
        for user, name in zip(users, names, strict=True)
    )
    identities = Identity.objects.bulk_create(
        Identity(account=account, client_key=app, open_id=account.uid)
        for account in accounts
    )
    now = timezone.now()
    return Grant.objects.bulk_create(
        Grant(
            identity=identity,
            **{
                "scopes": answer["scope"],
                **encrypted(
                    identity,
                    access_token=answer["access_token"],
                    refresh_token=answer["refresh_token"],
                ),
                "access_expires_at": now + timedelta(milliseconds=nth),
                "issued_at": now - OLD,
                **columns,
            },
        )
        for nth, (identity, answer) in enumerate(zip(identities, answers, strict=True))
    )


class Clock:
    """Time that passes only while a thread waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def pause(self, stop: Event, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Wait for TikTok without waiting; ``pauses`` says how long it would have been."""
    clock = Clock()
    monkeypatch.setattr(backoff, "monotonic", lambda: clock.now)
    monkeypatch.setattr(backoff, "pause", clock.pause)
    return clock


@pytest.fixture
def signalled():
    """The identities that a signal said have to log in again."""
    identities: list[Identity] = []

    def note(identity: Identity, **kwargs: Any) -> None:
        identities.append(identity)

    reauthorization_required.connect(note, sender=Identity)
    yield identities
    reauthorization_required.disconnect(note, sender=Identity)
