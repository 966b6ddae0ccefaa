"""Real processes on one PostgreSQL, and what kill -9 leaves behind.

``TTMINIS_LOAD`` says how many tokens expire at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from hashlib import sha256

import pytest
from django.utils import timezone

from tests.grants import access
from tests.lengths import times
from tests.tokens.processes import (
    PATIENCE,
    ROOT,
    Processes,
    backends,
    environment,
    eventually,
)
from ttminis_auth.errors import ReauthorizationRequired
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens.access import access_token
from ttminis_auth.tokens.refresh_all import due, refresh_due

pytestmark = [
    pytest.mark.process,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]

LOAD = int(os.environ.get("TTMINIS_LOAD", times(400)))


@pytest.fixture
def tiktok(tiktok):
    """A TikTok that ends the whole family when a refresh token comes twice."""
    tiktok.reuse_kills = True
    return tiktok


@pytest.fixture
def processes(tiktok_server):
    def start(count, *arguments):
        return Processes(tiktok_server.url, count, *arguments)

    return start


def living(tiktok):
    """The grants whose tokens TikTok takes, by its own books."""
    grants = Grant.objects.active()
    return [grant for grant in grants if tiktok.bearer(access(grant))]


def refreshed(answers):
    return [answer["refreshed"] for answer in answers]


def test_two_hundred_asks_of_eight_processes_are_one_refresh(crowd, tiktok, processes):
    (grant,) = crowd(access_expires_at=timezone.now())
    tiktok.latency = 0.2

    with processes(8, "ask", grant.identity_id, 25) as asking:
        asking.start()
        answers = [token for answer in asking.answers() for token in answer]

    new = access(Grant.objects.get())
    assert new != access(grant)
    assert answers == [sha256(new.encode()).hexdigest()] * 200
    assert len(tiktok.requests) == 1


def test_four_processes_refresh_each_grant_once(crowd, tiktok, processes):
    before = {grant.pk: access(grant) for grant in crowd(LOAD)}

    with processes(4, "refresh") as refreshing:
        refreshing.start()
        answers = refreshing.answers()

    assert sum(refreshed(answers)) == LOAD
    assert min(refreshed(answers)) > 0
    assert all(answer["end"] == "done" and not answer["failed"] for answer in answers)
    assert len(living(tiktok)) == LOAD
    assert all(access(g) != before[g.pk] for g in Grant.objects.all())


def test_others_finish_the_share_of_one_that_is_killed(crowd, tiktok, processes):
    crowd(LOAD)

    with processes(4, "refresh") as refreshing:
        refreshing.start()
        eventually(lambda: len(tiktok.requests) > LOAD // 4, PATIENCE)
        refreshing.all[0].kill()
        answers = refreshing.answers()

    assert len(answers) == 3
    assert not due().exists()
    # The one in hand may be lost: TikTok rotated it, and the answer did not arrive.
    assert len(living(tiktok)) >= LOAD - 1
    assert Identity.objects.filter(state=Identity.State.NEEDS_LOGIN).count() <= 1


def test_sigterm_ends_the_command_and_loses_nothing(crowd, tiktok, tiktok_server):
    crowd(500)
    # Slow enough for the signal to come long before the end, on a busy machine, too.
    tiktok.latency = 1.0
    # A check refuses the simulator's URLs, which the project of the tests has.
    options = ["--workers=4", "--skip-checks"]
    command = [sys.executable, "-m", "django", "ttminis_refresh", *options]

    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(tiktok_server.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        eventually(lambda: len(tiktok.requests) > 10)
        process.terminate()
        last = process.communicate(timeout=PATIENCE)[0].splitlines()[-1]

    done = len(tiktok.requests)
    assert last == f"Done: {done} refreshed, interrupted."
    assert process.returncode == 128 + signal.SIGTERM
    assert due().count() == 500 - done > 0


def test_death_between_answer_and_commit_ends_in_a_login(
    crowd, tiktok, processes, signalled
):
    (grant,) = crowd(access_expires_at=timezone.now())
    # TikTok has swapped the refresh token when it holds the answer back.
    tiktok.order_fault("slow", seconds=60)
    with processes(1, "ask", grant.identity_id, 1) as asking:
        asking.start()
        eventually(lambda: tiktok.requests)
        asking.all[0].kill()
        asking.all[0].wait()
    tiktok.release()

    for _ in range(3):
        with pytest.raises(ReauthorizationRequired):
            access_token(grant.identity)

    assert Identity.objects.get().state == Identity.State.NEEDS_LOGIN
    assert signalled == [grant.identity]
    assert len(tiktok.requests) == 2


def test_refresh_killed_between_answer_and_commit_is_finished_by_the_next(
    crowd, tiktok, processes, signalled
):
    crowd(3)
    tiktok.order_fault("slow", seconds=60)
    before = backends()
    with processes(1, "refresh") as refreshing:
        refreshing.start()
        eventually(lambda: tiktok.requests)
        refreshing.all[0].kill()
        refreshing.all[0].wait()
    tiktok.release()
    # Until PostgreSQL notices, the dead process holds the row, which is passed over.
    eventually(lambda: backends() <= before)

    report = refresh_due(workers=1)

    assert (report.refreshed, report.dead) == (2, 1)
    assert [identity.state for identity in Identity.objects.filter(state="needs_login")]
    assert len(signalled) == 1
