"""No request of this package blocks the event loop of a site under ASGI."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, closing
from itertools import cycle
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests.asgi.servers import Answer, Remote, Site
from tests.databases import connection
from tests.endpoints.hosted.hosted_page import ORIGIN
from tests.fixtures import DRAMA
from tests.tokens.processes import backends, eventually
from ttminis_auth.models import Grant, Identity

COUNT = 100
# In seconds: a busy machine may need so long.
LONG = 300.0
CODE = "/accounts/ttminis/login/code/"
APP_CODE = "/accounts/ttminis/app/code/"
JSON = {"content_type": "application/json"}
FORM = {"content_type": "application/x-www-form-urlencoded"}
CSRF = {"cookie": f"csrftoken={'0' * 32}", "x_csrftoken": "0" * 32}
PREFLIGHT = {
    "origin": ORIGIN,
    "access_control_request_method": "POST",
    "access_control_request_headers": "content-type",
}

Asking = Coroutine[Any, Any, Answer]


async def _same_origin(site: Site, code: str) -> Answer:
    body = json.dumps({"code": code}).encode()
    return await site.ask("POST", CODE, body, **JSON, **CSRF)


async def _hosted(site: Site, code: str) -> Answer:
    allowed = await site.ask("OPTIONS", APP_CODE, **PREFLIGHT)
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    body = json.dumps({"code": code}).encode()
    return await site.ask("POST", APP_CODE, body, origin=ORIGIN, **JSON)


async def _by_project_view(site: Site, code: str) -> Answer:
    body = urlencode({"code": code}).encode()
    return await site.ask("POST", "/own/login/", body, **FORM)


WAYS = (_same_origin, _hosted, _by_project_view)


async def until(condition: Callable[[], object]) -> None:
    """Wait as ``eventually`` does, and let the event loop run."""
    give_up_at = monotonic() + LONG
    while not condition():
        assert monotonic() < give_up_at, "it never happened"
        await asyncio.sleep(0.01)


async def delayed_by_tiktok(
    site: Site, tiktok: Any, asking: list[Asking], arriving: int
) -> tuple[list[Answer], Answer]:
    """Send all requests at once; let TikTok answer after the health page has answered.

    Returns the answers and that of the health page. Raises AssertionError if the event
    loop was ever blocked for as long as TikTok did not answer.
    """
    tiktok.latency = LONG
    tiktok.clear_requests()
    await site.ask("GET", "/watch")
    began = monotonic()
    tasks = [asyncio.create_task(each) for each in asking]
    await until(lambda: len(tiktok.requests) == arriving)
    health = await site.ask("GET", "/health/")
    assert not any(task.done() for task in tasks)
    waited = monotonic() - began
    tiktok.release()
    answers = await asyncio.gather(*tasks)
    assert (await site.ask("GET", "/watch")).json()["longest"] < waited
    return answers, health


def test_a_hundred_parallel_logins_do_not_block_the_event_loop(
    site: Site, tiktok: Any
) -> None:
    handles = [f"person{nth}" for nth in range(COUNT)]
    for handle in handles:
        tiktok.add_person(handle, handle)
    codes = [tiktok.issue_code(DRAMA, handle) for handle in handles]
    asking = [way(site, code) for way, code in zip(cycle(WAYS), codes, strict=False)]

    answers, health = asyncio.run(delayed_by_tiktok(site, tiktok, asking, COUNT))
    assert health.body == b"well"
    assert [answer.status for answer in answers] == [200] * COUNT
    assert get_user_model().objects.count() == Identity.objects.count() == COUNT


def test_a_hundred_callers_of_one_token_do_not_block_the_event_loop(
    site: Site, tiktok: Any
) -> None:
    asyncio.run(_same_origin(site, tiktok.issue_code(DRAMA, "mia")))
    Grant.objects.update(access_expires_at=timezone.now())
    path = f"/own/token/{Identity.objects.get().open_id}/"
    asking = [site.ask("GET", path) for _ in range(COUNT)]

    answers, health = asyncio.run(delayed_by_tiktok(site, tiktok, asking, 1))
    assert health.body == b"well"
    assert {answer.status for answer in answers} == {200}
    assert len(tiktok.requests) == 1


@pytest.fixture
def locked(database: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Lock the table of apps; return the function that unlocks it."""
    if connection.vendor == "sqlite":
        locking: Any = sqlite3.connect(database["SQLITE_FILE"], isolation_level=None)
        locking.execute("BEGIN EXCLUSIVE")
    else:
        locking = psycopg.connect(**connection.get_connection_params())
        locking.execute("LOCK TABLE socialaccount_socialapp")
    with closing(locking):
        yield locking.rollback


def test_a_preflight_that_waits_for_the_database_does_not_block_the_loop(
    site: Site, locked: Callable[[], None]
) -> None:
    async def ask() -> tuple[Answer, list[Answer]]:
        headers = {**PREFLIGHT, **JSON}
        waiting = [
            asyncio.create_task(site.ask(method, APP_CODE, b"{}", **headers))
            for method in ("OPTIONS", "POST")
        ]
        await asyncio.sleep(0.5)
        health = await site.ask("GET", "/health/")
        assert not any(task.done() for task in waiting)
        locked()
        return health, await asyncio.gather(*waiting)

    health, answers = asyncio.run(ask())
    assert health.body == b"well"
    allowed = {each.headers["access-control-allow-origin"] for each in answers}
    assert allowed == {ORIGIN}


@pytest.mark.postgres
@pytest.mark.process
@pytest.mark.parametrize("site", ["uvicorn", "daphne"], indirect=True)
def test_visitors_who_disconnect_free_their_connection_and_place(
    site: Remote, tiktok: Any
) -> None:
    """There are more visitors than places, and no visitor waits for TikTok."""
    before = backends()
    tiktok.latency = LONG

    async def leave(wave: list[str], arriving: int) -> None:
        async with AsyncExitStack() as open_requests:
            for code in wave:
                body = json.dumps({"code": code}).encode()
                asked = site.asked("POST", CODE, body, **JSON, **CSRF)
                await open_requests.enter_async_context(asked)
            await until(lambda: len(tiktok.requests) == arriving)

    async def leave_and_log_in() -> Answer:
        for nth in range(3):
            wave = [tiktok.issue_code(DRAMA, "mia") for _ in range(50)]
            await leave(wave, 50 * (nth + 1))
            tiktok.release()
        tiktok.latency = 0
        return await _same_origin(site, tiktok.issue_code(DRAMA, "mia"))

    assert asyncio.run(leave_and_log_in()).status == 200
    eventually(lambda: backends() <= before)
