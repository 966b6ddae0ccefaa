"""A renewal survives its caller's rollback, and there is one of it.

On SQLite one lock on the file decides everything, so these run on PostgreSQL only.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.utils import timezone

from tests.databases import atomic, connection, roll_back
from tests.grants import access, refresh
from tests.tokens.processes import eventually
from tests.waiting import until_somebody_waits
from ttminis_auth.errors import ReauthorizationRequired, TikTokNotReached
from ttminis_auth.models import Grant, Identity
from ttminis_auth.removal import deauthorize
from ttminis_auth.tokens import access as tokens
from ttminis_auth.tokens import refresh_grant

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def expired(send_code, tiktok):
    send_code("mia")
    past = timezone.now() - timedelta(seconds=1)
    Grant.objects.update(access_expires_at=past)
    tiktok.clear_requests()
    return Identity.objects.get()


@pytest.fixture
def at_once():
    def run(count, act):
        barrier = Barrier(count)

        def one(_):
            try:
                barrier.wait()
                return act()
            except ReauthorizationRequired as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))

    return run


def test_one_of_many_threads_refreshes_and_all_get_the_token(expired, at_once, tiktok):
    got = at_once(20, lambda: tokens.access_token(expired))

    assert len(set(got)) == 1
    assert tiktok.bearer(got[0])
    assert len(tiktok.requests) == 1


def test_all_threads_with_an_unusable_grant_get_the_error(
    expired, at_once, tiktok, lost
):
    tiktok.remove_app("mia", expired.client_key)

    got = at_once(10, lambda: tokens.access_token(expired))

    assert {type(each) for each in got} == {ReauthorizationRequired}
    assert lost == [expired]
    assert len(tiktok.requests) == 1


def test_the_new_pair_outlives_a_rollback_of_the_caller(expired, tiktok):
    with atomic():
        token = tokens.access_token(expired)
        roll_back()

    assert tokens.access_token(expired) == token
    assert len(tiktok.requests) == 1


def test_a_failure_inside_a_transaction_reaches_the_caller(expired, tiktok):
    tiktok.order_fault("html_502")

    with pytest.raises(TikTokNotReached), atomic():
        tokens.access_token(expired)


def test_a_caller_who_holds_the_row_does_not_wait_for_ever(
    expired, tiktok, monkeypatch
):
    with atomic(), monkeypatch.context() as impatient:
        impatient.setattr(refresh_grant, "JOIN_TIMEOUT", 0.3)
        Grant.objects.select_for_update().get()
        with pytest.raises(TikTokNotReached) as impatience:
            tokens.access_token(expired)

    # What waits for the row gives up later, and names a time.
    assert impatience.value.retry_after is None
    # What waited for the row has it now; either of the two renews, and only one.
    assert tiktok.bearer(tokens.access_token(expired))
    assert len(tiktok.requests) == 1


def test_a_login_during_a_renewal_is_not_overwritten(
    expired, at_once, tiktok, send_code
):
    tiktok.order_fault("slow", endpoint="token", seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(_in_thread, lambda: tokens.access_token(expired))
        eventually(lambda: tiktok.requests)
        send_code("mia")
        renewing.result()

    newest = expired.grants.get()
    assert tiktok.bearer(access(newest))
    assert tiktok.rotate(refresh(newest), expired.client_key)


def _in_thread(act):
    try:
        return act()
    finally:
        connection.close()


def test_a_login_that_waited_for_a_removal_is_the_last_word(expired, tiktok, send_code):
    logging_in = Event()

    def remove():
        with atomic():
            deauthorize.remove(expired, reason=1, at=timezone.now())
            logging_in.set()
            until_somebody_waits()

    with ThreadPoolExecutor(1) as pool:
        removing = pool.submit(_in_thread, remove)
        logging_in.wait()
        send_code("mia")
        removing.result()

    expired.refresh_from_db()
    assert expired.state == Identity.State.ACTIVE
    assert tiktok.bearer(tokens.access_token(expired))


def test_a_grant_that_is_gone_is_no_error(expired):
    grant = expired.grants.get()
    grant_before = Grant.objects.get(pk=grant.pk)
    grant.delete()

    with refresh_grant.locked(grant_before) as found:
        assert found is None
