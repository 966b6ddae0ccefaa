"""The number of statements of a login from a TikTok-hosted page."""

import pytest

from tests.endpoints.hosted.hosted_page import HostedPage
from tests.login.test_cost import log_in as log_in  # a fixture
from tests.login.test_cost import statements, writes

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_later_hosted_login_takes_at_most_nine_statements(log_in):
    log_in(HostedPage())

    assert len(statements(lambda: log_in(HostedPage()))) <= 9


def test_a_login_in_the_same_session_takes_six_statements_and_one_write(log_in, client):
    log_in(client)

    made = statements(lambda: log_in(client))
    assert len(made) <= 6
    assert len(writes(made)) == 1
