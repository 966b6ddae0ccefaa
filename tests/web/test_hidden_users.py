"""A user that the project hides is refused in a web login."""

import pytest

from tests.core.test_locks import managed_by as managed_by  # a fixture
from tests.login.test_hidden_users import hide as hide  # a fixture
from tests.web.test_refusals import is_error_page

pytestmark = pytest.mark.django_db


def test_a_hidden_user_is_refused(person, hide):
    person.log_in()
    person.client.logout()
    hide()

    assert is_error_page(person.log_in())
    assert person.user_pk is None


def test_a_new_user_that_the_project_hides_is_not_logged_in(person, hide, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.login.test_hidden_users.HidingAdapter"
    hide()

    assert is_error_page(person.log_in())
    assert person.user_pk is None


def test_a_single_page_application_gets_the_error(person, hide):
    person.log_in()
    person.client.logout()
    form = {"provider": "tiktok", "process": "login", "callback_url": "/spa/"}
    url = "/_allauth/browser/v1/auth/provider/redirect"
    address = person.decide(person.client.post(url, form)["Location"])
    hide()

    location = person.client.get(address)["Location"]

    assert location == "/spa/?error=user_inactive&error_process=login"
