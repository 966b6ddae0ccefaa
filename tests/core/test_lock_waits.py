"""A refresh waits for no other user's refresh, and has a time limit for its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from tests.databases import atomic, connection
from tests.tokens.processes import eventually
from ttminis_auth.core import database, locks
from ttminis_auth.errors import TikTokNotReached
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens import access, refresh_grant
from ttminis_auth.tokens.refresh_all import refresh_due
from ttminis_auth.tokens.refresh_report import RefreshReport

pytestmark = pytest.mark.django_db(transaction=True)

# Long enough for a busy machine to notice; a test that passes never waits so long.
LONG = 60


# Features that some databases lack: lock no joined rows, and skip locked rows.
OF, SKIP_LOCKED = "has_select_for_update_of", "has_select_for_update_skip_locked"
WAYS = [
    pytest.param([], id="as here"),
    pytest.param([OF], id="MariaDB", marks=pytest.mark.postgres),
    pytest.param([OF, SKIP_LOCKED], id="MariaDB 10.5", marks=pytest.mark.postgres),
]


@pytest.fixture(autouse=True, params=WAYS)
def _way_to_lock(request, monkeypatch):
    for feature in request.param:
        monkeypatch.setattr(type(connection.features), feature, False)
        # The connection caches its features.
        monkeypatch.delitem(vars(connection.features), feature, raising=False)


@pytest.fixture
def expired(send_code):
    """Two identities with expired tokens."""
    for handle in ("mia", "noah"):
        assert send_code(handle, by=Client()).status_code == 200
    past = timezone.now() - timedelta(seconds=1)
    Grant.objects.update(access_expires_at=past)
    return list(Identity.objects.order_by("pk"))


@pytest.fixture
def elsewhere():
    """Run a function in a thread, as another request would."""
    with ThreadPoolExecutor(4) as pool:

        def run(act):
            try:
                return act()
            finally:
                connection.close()

        yield lambda act: pool.submit(run, act)


@pytest.fixture
def locked_grant(expired, request):
    """Another caller has locked the first identity's grant."""
    grant = expired[0].grants.get()
    if database.has_row_locks():
        request.getfixturevalue("locked_elsewhere")
        yield
    else:
        # A thread would bring a connection, which its in-memory database never closes.
        with refresh_grant.locked(grant):
            yield


@pytest.fixture
def locked_elsewhere(expired, elsewhere):
    """Another thread locks the first identity's grant until the event is set."""
    holds, ends = Event(), Event()

    def hold():
        with refresh_grant.locked(expired[0].grants.get()):
            holds.set()
            ends.wait(LONG)

    elsewhere(hold)
    holds.wait(LONG)
    yield ends
    ends.set()


@pytest.mark.postgres
@pytest.mark.parametrize("_way_to_lock", [[OF, SKIP_LOCKED]], indirect=True)
def test_a_lost_connection_is_not_mistaken_for_a_locked_row(expired):
    def lose(execute, sql, *args):
        if "NOWAIT" in sql:
            raise OperationalError("gone")
        return execute(sql, *args)

    with (
        connection.execute_wrapper(lose),
        pytest.raises(OperationalError, match="gone"),
        atomic(),
    ):
        locks.claim(Grant.objects.all()).first()


@pytest.mark.usefixtures("locked_grant")
def test_another_user_s_token_is_refreshed_meanwhile(expired, tiktok):
    assert tiktok.bearer(access.access_token(expired[1]))


# With row locks, and with the package's lock in their place.
@pytest.mark.parametrize(
    "lock", ["any", pytest.param("of a row", marks=pytest.mark.postgres)]
)
@pytest.mark.usefixtures("locked_grant")
def test_waiting_for_a_locked_grant_ends_with_the_time_out(
    lock, expired, settings, tiktok, caplog
):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    tiktok.clear_requests()
    with pytest.raises(TikTokNotReached) as refused:
        access.access_token(expired[0])

    assert refused.value.retry_after == 2
    assert tiktok.requests == []
    assert "is locked for longer" in caplog.text


@pytest.mark.postgres
@pytest.mark.usefixtures("locked_grant")
def test_refresh_of_many_goes_on_with_unlocked_grants(expired):
    assert refresh_due(workers=1) == RefreshReport(refreshed=1)


@pytest.mark.postgres
@pytest.mark.usefixtures("locked_grant")
def test_a_refresh_does_not_lock_the_identity(expired):
    with atomic():
        assert Identity.objects.select_for_update(nowait=True).get(pk=expired[0].pk)


@pytest.mark.usefixtures("locked_grant")
def test_refresh_of_many_skips_a_grant_that_a_view_refreshes(expired, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    expired[1].grants.get().delete()

    assert refresh_due(workers=1) == RefreshReport()


@pytest.mark.postgres
def test_a_waiting_refresh_gets_the_grant_once_it_is_unlocked(
    expired, elsewhere, locked_elsewhere, tiktok
):
    waiting = elsewhere(lambda: access.access_token(expired[0]))
    locked_elsewhere.set()

    assert tiktok.bearer(waiting.result(LONG))


def test_a_waiting_thread_gets_the_process_lock_once_it_is_free():
    """As on SQLite. This test runs on any database, because it reads no row."""
    nothing, entered = Grant.objects.none(), Event()

    def enter():
        with refresh_grant._lock_in_process(1, nothing):
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        with refresh_grant._lock_in_process(1, nothing):
            waiting = pool.submit(enter)
            assert not entered.wait(0.1)
        waiting.result(LONG)

    assert entered.is_set()


def test_a_grant_is_unlocked_after_a_failure(expired):
    grant = expired[0].grants.get()
    with pytest.raises(KeyError), refresh_grant.locked(grant):
        raise KeyError

    with refresh_grant.locked(grant) as found:
        assert found == grant


def test_locking_a_deleted_grant_gives_none(expired):
    grant = expired[0].grants.get()
    Grant.objects.all().delete()

    with refresh_grant.locked(grant) as found:
        assert found is None


@pytest.mark.postgres
def test_refreshes_of_other_users_go_on_while_tiktok_hangs(expired, elsewhere, tiktok):
    tiktok.clear_requests()
    tiktok.order_fault("timeout", seconds=LONG)
    first = elsewhere(lambda: access.access_token(expired[0]))
    eventually(lambda: tiktok.requests)
    second = elsewhere(lambda: access.access_token(expired[1]))

    try:
        assert tiktok.bearer(second.result(LONG / 2))
    finally:
        tiktok.release()
    assert isinstance(first.exception(), TikTokNotReached)


@pytest.mark.postgres
def test_a_login_waits_for_a_hanging_refresh_until_its_time_out(
    expired, elsewhere, tiktok, settings, send_code
):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 2
    tiktok.clear_requests()
    tiktok.order_fault("timeout", seconds=LONG)
    elsewhere(lambda: access.access_token(expired[0]))
    eventually(lambda: tiktok.requests)
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = LONG

    assert send_code("mia", by=Client()).status_code == 200
    tiktok.release()
