"""A login that waits for a second factor fails after a removal."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.endpoints.hosted.hosted_page import JSON, HostedPage
from tests.fixtures import DRAMA
from tests.sessions import is_logged_in, user_of
from tests.web.conftest import person as person  # a fixture
from ttminis_auth.core import session_hash
from ttminis_auth.models import Identity
from ttminis_auth.removal import deauthorize, erasure

pytestmark = pytest.mark.django_db

User = get_user_model()
SECRET = "JBSWY3DPEHPK3PXP"  # the one of every tutorial


@pytest.fixture(autouse=True)
def _tolerant(settings):
    # A code may be typed in one half minute and arrive in the next.
    settings.MFA_TOTP_TOLERANCE = 1


def totp_code():
    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(SECRET, counter))


def two_factors():
    user = User.objects.get()
    totp.TOTP.activate(user, SECRET)
    return user


@pytest.fixture
def mia(send_code):
    send_code("mia", by=Client())
    return two_factors()


@pytest.fixture
def waiting(mia, send_code, client):
    """Mia's browser, which shows the page of the second factor."""
    assert send_code("mia").status_code == 401
    return client


def complete(client):
    return client.post(reverse("mfa_authenticate"), {"code": totp_code()})


def remove(identity):
    assert deauthorize.remove(identity, reason=1, at=timezone.now())


def end_sessions(identity):
    session_hash.end(identity.account.user)


def disconnect(identity):
    identity.account.delete()


def give_away(identity):
    otto = User.objects.create_user("otto")
    type(identity.account).objects.update(user=otto)


ENDS = [remove, erasure.erase, end_sessions, disconnect, give_away]


@pytest.mark.parametrize("end", ENDS)
def test_removed_user_is_not_let_in_by_a_second_factor(waiting, end):
    end(Identity.objects.with_user().get())

    answer = complete(waiting)

    assert answer["Location"] == "/accounts/login/"
    assert not is_logged_in(waiting)


@pytest.mark.parametrize("actions", [{"default": []}, {"default": ["deactivate"]}])
def test_removed_user_is_not_let_in_whatever_the_project_does(
    waiting, settings, actions
):
    settings.TTMINIS_REMOVAL_ACTIONS = actions
    remove(Identity.objects.with_user().get())

    complete(waiting)

    assert not is_logged_in(waiting)


def test_login_ended_by_a_removal_shows_no_success_message(waiting):
    remove(Identity.objects.get())

    page = waiting.post(reverse("mfa_authenticate"), {"code": totp_code()}, follow=True)

    assert "signed in as" not in page.content.decode()


def test_second_factor_completes_a_login_that_nothing_ended(waiting, mia):
    complete(waiting)

    assert user_of(waiting.session) == mia


def test_session_after_a_second_factor_ends_like_any_other(waiting, mia):
    complete(waiting)

    remove(Identity.objects.get())

    assert not is_logged_in(waiting)


def test_new_login_after_the_removal_completes(waiting, mia, send_code):
    remove(Identity.objects.get())
    complete(waiting)
    cache.clear()  # allauth takes no code of an app twice

    send_code("mia")
    complete(waiting)

    assert user_of(waiting.session) == mia


@pytest.mark.parametrize("end", [remove, erasure.erase, end_sessions])
def test_headless_page_of_a_removed_user_stays_outside(mia, tiktok, end):
    page = HostedPage()
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    waits = page.post(reverse("ttminis_app_code"), body, content_type=JSON)
    assert waits.status_code == 401
    end(Identity.objects.with_user().get())

    path = "/_allauth/app/v1/auth/2fa/authenticate"
    answer = page.post(path, {"code": totp_code()}, content_type=JSON)

    assert answer.status_code == 401
    assert page.me() is None


@pytest.mark.parametrize("end", [remove, erasure.erase, disconnect])
def test_web_login_of_a_removed_user_stays_outside(person, end):
    person.log_in()
    two_factors()
    person.client.logout()
    person.log_in()
    end(Identity.objects.with_user().get())

    complete(person.client)

    assert not is_logged_in(person.client)


def test_web_login_that_nothing_ended_completes(person):
    person.log_in()
    user = two_factors()
    person.client.logout()
    person.log_in()

    complete(person.client)

    assert user_of(person.client.session) == user


def test_session_after_a_form_at_sign_up_ends_too(settings, send_code, client):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    send_code("mia")
    client.post(reverse("socialaccount_signup"), {"username": "mia"})
    assert is_logged_in(client)

    remove(Identity.objects.get())

    assert not is_logged_in(client)
