"""Which database is asked; that all goes on in it, ``TEST_DATABASE=routed`` shows."""

from pathlib import Path

import pytest
from django.db import connections
from django.http import HttpResponse

from tests.databases import PEOPLE, atomic, connection
from ttminis_auth.core import database

PACKAGE = Path(database.__file__).parents[1]


@pytest.fixture
def routed(settings):
    settings.DATABASE_ROUTERS = ["tests.routers.ToPeople"]


def test_the_routers_say_where_the_people_are(routed):
    assert database.alias() == "people"


def test_without_routers_they_are_in_django_s_own(settings):
    settings.DATABASE_ROUTERS = []

    assert database.alias() == "default"


@pytest.mark.parametrize("begin", [database.atomic, database.durable])
def test_transactions_begin_there(routed, begin):
    assert begin().using == "people"


@pytest.mark.django_db(transaction=True)
def test_on_commit_waits_for_the_users_database():
    done = []
    with atomic():
        database.on_commit(lambda: done.append("mail"))
        assert done == []

    assert done == ["mail"]


@pytest.mark.django_db
def test_rollback_is_one_of_the_users_database():
    with database.atomic():
        database.roll_back()

        assert connection.needs_rollback


def test_a_view_is_kept_out_of_the_transactions_of_all_databases():
    view = database.non_atomic_requests(lambda request: HttpResponse())

    assert view._non_atomic_requests == {*connections} >= {PEOPLE}


@pytest.mark.parametrize(
    "kept", [".iterator(", "aiterator(", "advisory", "TEMPORARY", "PREPARE ", "LISTEN "]
)
def test_nothing_is_kept_in_a_connection(kept):
    """pgbouncer gives another connection to each transaction."""
    assert not [p.name for p in PACKAGE.rglob("*.py") if kept in p.read_text()]
