"""What a login through the app face costs the database."""

import pytest

from tests.endpoints.hosted.hosted_page import HostedPage
from tests.login.test_cost import log_in as log_in  # a fixture
from tests.login.test_cost import statements, writes

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_returning_login_takes_at_most_nine_statements(log_in):
    log_in(HostedPage())

    assert len(statements(lambda: log_in(HostedPage()))) <= 9


def test_logging_in_again_takes_at_most_six_statements_and_one_write(log_in, client):
    log_in(client)

    made = statements(lambda: log_in(client))
    assert len(made) <= 6
    assert len(writes(made)) == 1
