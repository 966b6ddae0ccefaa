"""On SQLite, each transaction that writes waits for the one before.

SQLite allows one transaction to write at a time. A transaction that has read already
gets "database is locked" at once if it writes while another one is writing. A
transaction that begins with a write waits. These tests use real threads and a file.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic, connection
from tests.fixtures import GAME
from tests.lengths import times
from tests.sqlite_file import move_to_file as move_to_file  # a fixture
from tests.sqlite_file import sqlite_file as sqlite_file
from tests.waiting import at_once
from ttminis_auth.core import session_search
from ttminis_auth.linking import conflicts, merge_preview, relink
from ttminis_auth.linking import merge as merging
from ttminis_auth.linking.detect import consider
from ttminis_auth.models import Grant, Identity, LinkingConflict
from ttminis_auth.profile import user_info
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.removal import prune as retention
from ttminis_auth.tiktok.types import UserInfo
from ttminis_auth.tokens import refresh_grant

pytestmark = [pytest.mark.django_db(transaction=True)]

User = get_user_model()
# Long enough to be noticed, and shorter than SQLite's time-out of 5 seconds.
A_WHILE = 0.3


@contextmanager
def another_writer():
    """Another connection writes in a transaction that ends after a while."""
    writes = Event()

    def write():
        try:
            with atomic():
                Grant.objects.update(issued_at=timezone.now())
                writes.set()
                time.sleep(A_WHILE)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        writes.wait()
        yield
        writing.result()


@pytest.fixture
def mia(sqlite_file, person):
    return person("mia", union_id="u")


@pytest.fixture
def other(mia, person):
    return person("mia-game", app=GAME, union_id="u")


@pytest.fixture
def conflict(mia, other):
    return LinkingConflict.objects.create(older=mia, younger=other, union_id="u")


def remove(mia, other, conflict):
    deauthorize.remove(mia, reason=1, at=timezone.now())


def erase(mia, other, conflict):
    erasure.erase(mia, delete_user=True, revoke=False)


def merge(mia, other, conflict):
    merging.merge_users(other.account.user, mia.account.user)


def preview_merge(mia, other, conflict):
    merge_preview.plan_merge(other.account.user, mia.account.user)


def settle(mia, other, conflict):
    conflicts.settle_by_merge(conflict)


def keep_apart(mia, other, conflict):
    conflicts.keep_apart(conflict)


def dismiss(mia, other, conflict):
    conflicts.dismiss(conflict)


def link(mia, other, conflict):
    User.objects.update(password="something")
    relink.link(mia, other.account.user)


def unlink(mia, other, conflict):
    User.objects.update(password="something")
    relink.unlink(mia)


def report(mia, other, conflict):
    conflict.delete()
    consider(mia)


def store_profile(mia, other, conflict):
    info = UserInfo(
        open_id=mia.open_id, union_id="u", display_name="Mia", avatar_url=None
    )
    user_info.store(mia, info)


def note_loss(mia, other, conflict):
    Grant.objects.update(dead_at=timezone.now())
    refresh_grant.note_loss(mia)


def end_sessions(mia, other, conflict):
    session_search.end(mia.account.user)


def prune(mia, other, conflict):
    Grant.objects.update(dead_at=timezone.now() - timedelta(days=400))
    retention.prune()


def delete_user(mia, other, conflict):
    mia.account.user.delete()


def delete_users(mia, other, conflict):
    User.objects.all().delete()


def disconnect(mia, other, conflict):
    mia.account.delete()


ACTS = [
    remove,
    erase,
    merge,
    preview_merge,
    settle,
    keep_apart,
    dismiss,
    link,
    unlink,
    report,
    store_profile,
    note_loss,
    end_sessions,
    prune,
    delete_user,
    delete_users,
    disconnect,
]


@pytest.mark.parametrize("act", ACTS)
def test_each_operation_waits_for_another_writer(mia, other, conflict, act):
    with another_writer():
        act(mia, other, conflict)


@pytest.mark.parametrize("process", ["login", "authorize", "connect", "switch"])
def test_a_first_login_waits_for_another_writer(
    sqlite_file, send_code, authorize, client, process
):
    if process == "connect":
        client.force_login(User.objects.create_user("olga"))
    send = authorize if process == "authorize" else send_code
    with another_writer():
        answer = send("mia", **{} if send is authorize else {"process": process})

    assert answer.status_code == 200


@pytest.mark.parametrize("process", ["login", "authorize"])
def test_a_later_login_waits_for_another_writer(
    sqlite_file, send_code, authorize, process
):
    send_code("mia")
    send = authorize if process == "authorize" else send_code
    with another_writer():
        answer = send("mia", by=Client())

    assert answer.status_code == 200


@pytest.mark.parametrize("trial", range(times(3)))
@pytest.mark.parametrize("delete", [User, SocialAccount, Identity])
def test_consents_removals_and_deletions_at_once_all_succeed(
    sqlite_file, authorize, trial, delete
):
    authorize("mia", by=Client())
    mia = Identity.objects.get()

    *answers, _, _ = at_once(
        *[lambda: authorize("mia", by=Client())] * 3,
        lambda: deauthorize.remove(mia, reason=1, at=timezone.now()),
        lambda: delete.objects.all().delete(),
    )

    assert {answer.status_code for answer in answers} <= {200, 409}


def test_the_project_s_transaction_mode_is_restored(mia):
    before = connection.transaction_mode
    User.objects.update(is_staff=True)
    with pytest.raises(erasure.ErasureRefused):
        erasure.erase(mia, delete_user=True, revoke=False)

    assert connection.transaction_mode == before
