"""Receivers of Django's ``user_login_failed`` never get the code."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib import auth
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied

from tests.fixtures import DRAMA
from ttminis_auth.tiktok.secret import Secret

pytestmark = pytest.mark.django_db

CODE = "a secret code"
WAYS = {
    "authenticate": auth.authenticate,
    "aauthenticate": async_to_sync(auth.aauthenticate),
}


class Refusing(BaseBackend):
    """Refuse before our backend is asked, as a protection against guessing does."""

    def authenticate(self, request, **credentials):
        raise PermissionDenied


@pytest.fixture(params=["first", "last"])
def received(request):
    """Collect the credentials that a plain and an asynchronous receiver get."""
    collected = []

    def plain(credentials, **kwargs):
        collected.append(dict(credentials))

    async def asynchronous(credentials, **kwargs):
        collected.append(dict(credentials))

    connected = list(user_login_failed.receivers)
    user_login_failed.connect(plain)
    user_login_failed.connect(asynchronous)
    if request.param == "first":
        user_login_failed.receivers.reverse()
    yield collected
    user_login_failed.receivers[:] = connected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [str, Secret])
def test_receivers_get_stars_instead_of_the_code(way, kind, received, tiktok):
    assert WAYS[way](None, ttminis_code=kind(CODE), client_key=DRAMA) is None

    assert len(received) == 2
    assert CODE not in repr(received)
    assert received[0]["ttminis_code"] == "*" * 20


@pytest.mark.parametrize("way", WAYS)
def test_receivers_do_not_get_a_code_that_another_backend_refuses(
    way, received, settings, tiktok
):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Refusing"]

    WAYS[way](None, ttminis_code=CODE)

    assert len(received) == 2
    assert CODE not in repr(received)


def test_receivers_do_not_get_an_unspent_code(received, tiktok):
    tiktok.order_fault("invalid_client")
    code = tiktok.issue_code(DRAMA, "mia")

    assert auth.authenticate(None, ttminis_code=code) is None
    assert code not in repr(received)


def test_receivers_get_other_credentials_as_from_django(received):
    auth.authenticate(None, username="olga", password="wrong")

    assert received[0] == {"username": "olga", "password": "*" * 20}


def test_the_function_of_django_that_cleans_credentials_is_wrapped():
    """If Django moves the function, receivers would get the code: see ``receivers``."""
    assert auth._clean_credentials.__wrapped__.__module__ == "django.contrib.auth"
