"""Asynchronous callers outside of a request: a consumer, a script, a test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth import aauthenticate, get_user_model
from django.db import connections
from django.db.backends.signals import connection_created
from django.utils import timezone

from tests.databases import connection
from tests.fixtures import DRAMA
from tests.sqlite_file import move_to_file as move_to_file  # fixtures
from tests.sqlite_file import sqlite_file as sqlite_file
from ttminis_auth import tokens
from ttminis_auth.core.threads import async_twin
from ttminis_auth.models import Grant, Identity

# In seconds; a test that passes does not wait so long.
LONG = 120.0


@pytest.fixture
def _shared(request: Any, transactional_db: None) -> Iterator[None]:
    """Let other threads read what the test writes."""
    if connection.vendor == "sqlite":
        request.getfixturevalue("sqlite_file")
    yield
    # The thread of all asynchronous callers keeps the connections of the test itself.
    asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture
def opened(_shared: None) -> Iterator[list[Any]]:
    """Collect the database connections that are opened from now on."""
    found: list[Any] = []

    def note(connection: Any, **kwargs: Any) -> None:
        found.append(connection)

    connection_created.connect(note)
    yield found
    connection_created.disconnect(note)


async def log_in(tiktok: Any) -> Any:
    return await aauthenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))


async def refresh(tiktok: Any) -> Any:
    return await tokens.aaccess_token(await Identity.objects.aget())


async def call(tiktok: Any) -> Any:
    return await tokens.acall(await Identity.objects.aget(), lambda token: "done")


@pytest.fixture(params=[log_in, refresh, call])
def ask(
    request: Any, _shared: None, send_code: Any, tiktok: Any, settings: Any
) -> Callable[[Any], Awaitable[Any]]:
    """A call that needs TikTok, which does not answer before ``release``."""
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = LONG
    send_code("mia")
    Grant.objects.update(access_expires_at=timezone.now())
    tiktok.clear_requests()
    tiktok.latency = LONG
    asking: Callable[[Any], Awaitable[Any]] = request.param
    return asking


def test_other_queries_are_answered_while_a_caller_waits_for_tiktok(
    ask: Callable[[Any], Any], tiktok: Any
) -> None:
    async def both() -> tuple[int, Any]:
        waiting = asyncio.create_task(ask(tiktok))
        while not tiktok.requests:
            await asyncio.sleep(0.01)
        count = await asyncio.wait_for(get_user_model().objects.acount(), LONG / 2)
        tiktok.release()
        return count, await waiting

    count, outcome = asyncio.run(both())
    assert count == 1
    assert outcome


def test_a_hundred_callers_leave_no_connection_open(
    opened: list[Any], tiktok: Any, settings: Any
) -> None:
    settings.TTMINIS_MAX_CONCURRENT_CALLS = 100

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(log_in(tiktok) for _ in range(100)))

    assert len({user.pk for user in asyncio.run(all_at_once())}) == 1
    assert opened
    assert not [each for each in opened if each.connection]


@pytest.mark.django_db
def test_a_synchronous_caller_keeps_its_connection() -> None:
    connection.ensure_connection()
    before = connection.connection

    assert async_to_sync(async_twin(get_user_model().objects.count))() == 0
    assert connection.connection is before
