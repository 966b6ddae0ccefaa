"""Statements whose SQL is written once give what Django's own give."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.databases import connection
from ttminis_auth.core import database
from ttminis_auth.models import Grant, Identity
from ttminis_auth.models.prepared import Param, Prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_open_id():
    rows = Identity.objects.with_user().annotate(same=F("client_key"))
    return Prepared(lambda: rows.filter(open_id=Param(Identity, "open_id")))


@pytest.fixture
def by_key():
    key = Param(Identity, "id", "key")
    return Prepared(lambda: Identity.objects.filter(pk=key))


def identity(handle):
    user = get_user_model().objects.create_user(handle)
    account = SocialAccount.objects.create(user=user, provider="ttminis", uid=handle)
    return Identity.objects.create(account=account, client_key="mn1", open_id=handle)


@pytest.fixture
def mia():
    return identity("mia")


@pytest.fixture
def noah():
    return identity("noah")


def sql_of(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured]


def test_each_run_finds_the_rows_of_its_own_values(by_open_id, mia, noah):
    found = [by_open_id.rows(open_id=each.open_id) for each in (mia, noah, mia)]

    assert found == [[mia], [noah], [mia]]


def test_no_row_is_an_empty_list(by_open_id):
    assert by_open_id.rows(open_id="nobody") == []


def test_rows_bring_what_was_selected_along(by_open_id, mia):
    (found,) = by_open_id.rows(open_id=mia.open_id)

    assert sql_of(lambda: found.account.user.username) == []
    assert (found.same, found.vouched_at) == (mia.client_key, mia.vouched_at)


def test_the_second_run_asks_the_database_as_django_would(by_open_id, mia):
    rows = Identity.objects.with_user().annotate(same=F("client_key"))
    by_open_id.rows(open_id="another")

    assert sql_of(lambda: by_open_id.rows(open_id=mia.open_id)) == sql_of(
        lambda: list(rows.filter(open_id=mia.open_id))
    )


def test_the_second_update_asks_the_database_as_django_would(by_key, mia, noah):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    by_key.update({"vouched_at": timezone.now()}, key=noah.pk)

    assert sql_of(lambda: by_key.update({"vouched_at": moment}, key=mia.pk)) == sql_of(
        lambda: Identity.objects.filter(pk=mia.pk).update(vouched_at=moment)
    )


def test_an_update_says_how_many_rows_it_met(by_key, mia):
    now = {"state": mia.state}

    assert (by_key.update(now, key=mia.pk), by_key.update(now, key=0)) == (1, 0)


def test_an_update_of_other_columns_is_another_statement(by_key, mia):
    by_key.update({"removed_reason": 3}, key=mia.pk)
    by_key.update({"removed_at": timezone.now()}, key=mia.pk)

    mia.refresh_from_db()
    assert mia.removed_reason == 3
    assert timezone.now() - mia.removed_at < timedelta(minutes=1)


def test_none_in_a_prepared_statement_is_null(by_key, mia):
    for union_id in ("union", None):
        by_key.update({"union_id": union_id}, key=mia.pk)

    assert Identity.objects.get(union_id=None) == mia


def test_a_column_for_encrypted_text_takes_no_other(mia):
    every = Prepared(Grant.objects.all)

    with pytest.raises(ValueError, match="encrypted text only"):
        every.update({"access_token": "in clear"})


def test_a_refused_update_lets_nothing_of_its_transaction_stay(by_key, mia, noah):
    with database.atomic():
        by_key.update({"union_id": "lost"}, key=noah.pk)
        with pytest.raises(IntegrityError):
            by_key.update({"open_id": mia.open_id}, key=noah.pk)

    noah.refresh_from_db()
    assert noah.union_id is None


@pytest.mark.django_db(transaction=True)
def test_a_statement_outlives_the_thread_that_ran_it_first(by_open_id, mia, elsewhere):
    elsewhere(lambda: by_open_id.rows(open_id=mia.open_id))

    assert by_open_id.rows(open_id=mia.open_id) == [mia]


@pytest.fixture
def elsewhere():
    """Act in a thread with a connection of its own, which is closed after."""

    def act(call):
        def end():
            try:
                call()
            finally:
                for each in connections.all(initialized_only=True):
                    # Its own close() leaves a connection to a SQLite in memory open.
                    BaseDatabaseWrapper.close(each)

        thread = Thread(target=end)
        thread.start()
        thread.join()

    return act
