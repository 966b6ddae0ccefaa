"""Random episodes of two to eight threads: no invariant breaks, whatever meets.

A failure prints what each thread did, and the seed of the episode, which is played
again by ``TTMINIS_EPISODES=1-7``. The timing is not part of the seed: name it often.
"""

from __future__ import annotations

import pytest

from tests.databases import connection
from tests.lengths import times

pytestmark = pytest.mark.django_db(transaction=True)

# What the processes share in a long run: 10,000 episodes on SQLite and PostgreSQL, and
# half as many on MariaDB.
PARTS = range(times(1))
MORE = 25

in_parts = pytest.mark.parametrize("part", PARTS)


def on(vendor: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(connection.vendor != vendor, reason=f"needs {vendor}")


@in_parts
@pytest.mark.postgres
def test_episodes_on_postgresql_break_nothing(broken, part):
    assert broken(part, times(10, more=MORE)) == {}


@in_parts
@on("mysql")
def test_episodes_on_mariadb_break_nothing(broken, part):
    assert broken(part, times(10, more=MORE)) == {}


# allauth reads a user's sessions from an open cursor, and deletes meanwhile. Where that
# fails, because the file is locked, the cursor may outlive its connection.
@pytest.mark.filterwarnings(
    "ignore:.*cursor_iter:pytest.PytestUnraisableExceptionWarning"
)
@in_parts
@on("sqlite")
@pytest.mark.parametrize("transaction_mode", [None, "IMMEDIATE"])
def test_episodes_on_a_file_of_sqlite_break_nothing(
    broken, move_to_file, transaction_mode, part
):
    move_to_file(transaction_mode)

    assert broken(part, times(5, more=MORE)) == {}
