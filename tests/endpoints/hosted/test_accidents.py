"""An unexpected error at the endpoint of TikTok-hosted pages is raised and logged."""

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import IntegrityError, OperationalError
from django.db.models.signals import post_save, pre_save

from tests.listeners import hear as hear  # a fixture

pytestmark = pytest.mark.django_db

User = get_user_model()


class WritingAdapter(DefaultSocialAccountAdapter):
    """Write to the session."""

    def pre_social_login(self, request, sociallogin):
        request.session["seen"] = True


def fail(sender, **kwargs):
    if sender is User:
        raise IntegrityError("a rule of the project's")


def lose_connection(sender, **kwargs):
    if sender is Session:
        raise OperationalError("the connection is lost")


def test_a_receiver_s_error_at_a_first_login_is_raised(send_code, hear):
    hear(post_save, fail)

    with pytest.raises(IntegrityError, match="the project's"):
        send_code("mia")


def test_a_receiver_s_error_at_a_first_login_is_a_logged_500(
    send_code, client, hear, caplog
):
    hear(post_save, fail)
    client.raise_request_exception = False

    assert send_code("mia").status_code == 500
    logged = [r for r in caplog.records if r.name == "django.request"]
    assert [r.exc_info[0] for r in logged] == [IntegrityError]


def test_a_session_that_cannot_be_saved_is_not_mistaken_for_ended(
    send_code, olga, hear, settings
):
    """Django raises one error for both."""
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.WritingAdapter"
    hear(pre_save, lose_connection)

    with pytest.raises(UpdateError):
        send_code("mia", process="connect")
