"""Receivers of Django's ``user_login_failed`` do not get the code that failed."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib import auth
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied

from tests.fixtures import DRAMA
from ttminis_auth.tiktok.secret import Secret

pytestmark = pytest.mark.django_db

CODE = "a code that must stay secret"
WAYS = {
    "authenticate": auth.authenticate,
    "aauthenticate": async_to_sync(auth.aauthenticate),
}


class Refusing(BaseBackend):
    """Says no before our backend is asked, as a guard against guessing does."""

    def authenticate(self, request, **credentials):
        raise PermissionDenied


@pytest.fixture(params=["first", "last"])
def credentials(request):
    """The credentials that a plain and an asynchronous receiver got."""
    heard = []

    def plain(credentials, **kwargs):
        heard.append(dict(credentials))

    async def asynchronous(credentials, **kwargs):
        heard.append(dict(credentials))

    connected = list(user_login_failed.receivers)
    user_login_failed.connect(plain)
    user_login_failed.connect(asynchronous)
    if request.param == "first":
        user_login_failed.receivers.reverse()
    yield heard
    user_login_failed.receivers[:] = connected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [str, Secret])
def test_receivers_of_a_failed_login_get_no_code(way, kind, credentials, tiktok):
    assert WAYS[way](None, ttminis_code=kind(CODE), client_key=DRAMA) is None

    assert len(credentials) == 2
    assert CODE not in repr(credentials)
    assert credentials[0]["ttminis_code"] == "*" * 20


@pytest.mark.parametrize("way", WAYS)
def test_code_that_another_backend_refuses_is_not_in_the_signal(
    way, credentials, settings, tiktok
):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Refusing"]

    WAYS[way](None, ttminis_code=CODE)

    assert len(credentials) == 2
    assert CODE not in repr(credentials)


def test_unspent_code_is_not_in_the_signal(credentials, tiktok):
    tiktok.order_fault("invalid_client")
    code = tiktok.issue_code(DRAMA, "mia")

    assert auth.authenticate(None, ttminis_code=code) is None
    assert code not in repr(credentials)


def test_other_credentials_are_in_the_signal_as_django_sends_them(credentials):
    auth.authenticate(None, username="olga", password="wrong")

    assert credentials[0] == {"username": "olga", "password": "*" * 20}


def test_django_still_cleans_credentials_by_the_function_that_is_wrapped():
    """Where Django moves it, the code would be sent again: see ``receivers``."""
    assert auth._clean_credentials.__wrapped__.__module__ == "django.contrib.auth"
