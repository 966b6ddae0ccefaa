"""A user hidden by the project is refused at the endpoint of TikTok-hosted pages."""

import pytest
from django.contrib.auth import get_user_model

from tests.core.test_locks import managed_by as managed_by  # a fixture
from tests.endpoints.hosted.hosted_page import HostedPage
from tests.fixtures import error_code
from tests.login.test_hidden_users import hide as hide  # a fixture

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
def test_a_hidden_user_is_refused(send_code, client, hide, process):
    send_code("mia", by=HostedPage())
    hide()

    response = send_code("mia", process=process)

    assert (response.status_code, error_code(response)) == (403, "user_inactive")
    assert client.me() is None


def test_a_new_user_hidden_by_the_project_is_not_logged_in(
    send_code, client, hide, settings
):
    settings.SOCIALACCOUNT_ADAPTER = "tests.login.test_hidden_users.HidingAdapter"
    hide()

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (403, "user_inactive")
    assert client.me() is None
