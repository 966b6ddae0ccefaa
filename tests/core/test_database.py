"""The routers determine the database of users; see also ``TEST_DATABASE=routed``."""

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


def test_the_routers_determine_the_database_of_users(routed):
    assert database.alias() == "people"


def test_without_routers_users_are_in_the_default_database(settings):
    settings.DATABASE_ROUTERS = []

    assert database.alias() == "default"


@pytest.mark.parametrize("begin", [database.atomic, database.durable])
def test_transactions_begin_in_the_database_of_users(routed, begin):
    assert begin().using == "people"


@pytest.mark.django_db(transaction=True)
def test_on_commit_waits_for_the_database_of_users():
    done = []
    with atomic():
        database.on_commit(lambda: done.append("mail"))
        assert done == []

    assert done == ["mail"]


@pytest.mark.django_db
def test_roll_back_rolls_back_the_database_of_users():
    with database.atomic():
        database.roll_back()

        assert connection.needs_rollback


def test_non_atomic_requests_covers_all_databases():
    view = database.non_atomic_requests(lambda request: HttpResponse())

    assert view._non_atomic_requests == {*connections} >= {PEOPLE}


@pytest.mark.parametrize(
    "stateful",
    [".iterator(", "aiterator(", "advisory", "TEMPORARY", "PREPARE ", "LISTEN "],
)
def test_no_code_keeps_state_in_a_connection(stateful):
    """pgbouncer gives another connection to each transaction."""
    assert not [p.name for p in PACKAGE.rglob("*.py") if stateful in p.read_text()]
