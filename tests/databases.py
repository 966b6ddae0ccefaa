"""The database that the people are in: in some runs of the suite not "default".

Tests that open transactions or look at connections do so by the names in here, and
the fixtures take the place of pytest-django's, which look at "default".
"""

from functools import cache, partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections, router, transaction
from django.test import TestCase, TransactionTestCase
from django.utils.connection import ConnectionProxy

PEOPLE = router.db_for_write(get_user_model())

connection = ConnectionProxy(connections, PEOPLE)
atomic = partial(transaction.atomic, using=PEOPLE)
on_commit = partial(transaction.on_commit, using=PEOPLE)
roll_back = partial(transaction.set_rollback, True, using=PEOPLE)


# What a lock costs more on MariaDB: keys are looked up first, rows are read at last.
TO_LOCK_BY_KEYS = 2 * (connection.vendor == "mysql")


def pytest_collection_modifyitems(items):
    # With the mark and without it: some tests have their fixtures ask for the database.
    TransactionTestCase.databases = {PEOPLE}
    for item in items:
        for mark in item.iter_markers("django_db"):
            mark.kwargs["databases"] = [PEOPLE]


@pytest.fixture
def django_assert_num_queries(django_assert_num_queries):
    return partial(django_assert_num_queries, connection=connection)


@pytest.fixture
def django_assert_max_num_queries(django_assert_max_num_queries):
    return partial(django_assert_max_num_queries, connection=connection)


@pytest.fixture
def django_capture_on_commit_callbacks():
    return partial(TestCase.captureOnCommitCallbacks, using=PEOPLE)


# Made by migrations, and the same for each test. To flush them and have Django make
# them anew would take 30 ms for each test that commits.
KEPT = {"auth_permission", "django_content_type", "django_migrations"}


@cache
def _written_tables() -> list[str]:
    found = connection.introspection.django_table_names(
        only_existing=True, include_views=False
    )
    return sorted(set(found) - KEPT)


def empty_tables(case: TransactionTestCase | None = None) -> None:
    """Forget what a test has committed."""
    # All foreign keys are checked at the end, or on MariaDB not at all, so the order
    # does not matter.
    with (
        connection.constraint_checks_disabled(),
        atomic(),
        connection.cursor() as cursor,
    ):
        for table in _written_tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


@pytest.fixture(scope="session", autouse=True)
def _quick_end_of_tests_that_commit() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield
