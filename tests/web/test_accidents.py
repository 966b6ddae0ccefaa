"""An error that is no refusal is a 500, in a web login."""

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.db.models.signals import post_save

from tests.listeners import hear as hear  # a fixture

pytestmark = pytest.mark.django_db

User = get_user_model()


def fail(sender, **kwargs):
    if sender is User:
        raise IntegrityError("a rule of the project's")


def test_a_receiver_s_error_at_a_first_login_is_raised(person, hear):
    hear(post_save, fail)

    with pytest.raises(IntegrityError, match="the project's"):
        person.log_in()


def test_receiver_s_error_is_a_500_in_the_log(person, hear, caplog):
    hear(post_save, fail)
    person.client.raise_request_exception = False

    assert person.log_in().status_code == 500
    logged = [r for r in caplog.records if r.name == "django.request"]
    assert [r.exc_info[0] for r in logged] == [IntegrityError]
