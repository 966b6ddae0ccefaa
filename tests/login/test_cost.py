"""What a login costs the database; ``benchmarks`` has the rest."""

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.databases import connection

pytestmark = pytest.mark.django_db

CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


def statements(act):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        act()
    return [q["sql"] for q in captured if not q["sql"].startswith(CONTROL)]


def test_a_returning_login_takes_at_most_twelve_statements(send_code):
    send_code("mia")
    send = Client()

    assert len(statements(lambda: send_code("mia", by=send))) <= 12


def test_logging_in_again_takes_at_most_nine_statements(send_code):
    send_code("mia")

    assert len(statements(lambda: send_code("mia"))) <= 9
