"""What a login through the app face costs the database."""

import pytest

from tests.endpoints.hosted.bundle import Bundle
from tests.login.test_cost import statements

pytestmark = pytest.mark.django_db


def test_a_returning_login_takes_at_most_fourteen_statements(send_code):
    send_code("mia")
    page = Bundle()

    made = statements(lambda: send_code("mia", by=page))
    assert len(made) <= 14


def test_logging_in_again_takes_at_most_eleven_statements(send_code):
    send_code("mia")

    made = statements(lambda: send_code("mia"))
    assert len(made) <= 11
