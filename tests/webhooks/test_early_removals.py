"""TikTok tells of a removal before the site has stored the user's first login."""

import time

import pytest
from allauth.socialaccount.signals import pre_social_login
from django.test import Client
from django.utils import timezone

from tests.fixtures import DRAMA, GAME
from tests.sessions import is_logged_in
from ttminis_auth.models import Identity, WebhookDelivery

# The site looks for such a removal after a commit.
pytestmark = pytest.mark.django_db(transaction=True)

SIGN_UP = "/accounts/3rdparty/signup/"
MINUTE = 60


def state():
    return Identity.objects.get().state


def result():
    return WebhookDelivery.objects.get().result


@pytest.fixture
def mias(tiktok):
    """The open_id that Mia has in the drama app."""
    return tiktok.open_id("mia", DRAMA)


@pytest.fixture
def meanwhile(hear):
    """Return a function that acts after TikTok's answer, before anything is stored."""

    def arrange(act):
        hear(pre_social_login, lambda **kwargs: act())

    return arrange


@pytest.fixture
def waiting(send_code, client, settings):
    """Mia's browser, which shows the sign-up form."""
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    assert send_code("mia").status_code == 401
    return client


def test_new_user_who_removes_the_app_during_the_first_login_is_removed(
    send_code, client, meanwhile, deliver, mias
):
    meanwhile(lambda: deliver(user_openid=mias, by=Client()))

    send_code("mia")

    assert (state(), result()) == ("removed", "handled")
    assert not Identity.objects.get().grants.active().exists()
    assert not is_logged_in(client)


def test_account_that_is_removed_while_it_is_connected_is_removed(
    send_code, olga, meanwhile, deliver, mias
):
    meanwhile(lambda: deliver(user_openid=mias, by=Client()))

    send_code("mia", process="connect")

    assert (state(), result()) == ("removed", "handled")


def test_sign_up_form_of_a_removed_user_is_refused(waiting, deliver, mias):
    deliver(user_openid=mias, by=Client())

    answer = waiting.post(SIGN_UP, {"username": "mia"})

    assert answer["Location"] == "/accounts/login/"
    assert not is_logged_in(waiting)
    assert (state(), result()) == ("removed", "handled")


def test_sign_up_form_counts_from_when_tiktok_was_asked(waiting):
    before = timezone.now()

    waiting.post(SIGN_UP, {"username": "mia"})

    assert Identity.objects.get().vouched_at < before
    assert is_logged_in(waiting)


def test_form_that_waited_since_an_older_version_can_be_sent(waiting):
    session = waiting.session
    del session["socialaccount_sociallogin"]["state"]["ttminis_asked_at"]
    session.save()

    waiting.post(SIGN_UP, {"username": "mia"})

    assert is_logged_in(waiting)


def test_user_who_was_removed_early_comes_back_by_the_next_login(
    send_code, client, waiting, deliver, mias
):
    deliver(user_openid=mias, by=Client())
    waiting.post(SIGN_UP, {"username": "mia"})

    send_code("mia")

    assert state() == "active"
    assert is_logged_in(client)


def test_removal_from_before_the_first_login_stays_ignored(
    send_code, client, deliver, mias
):
    deliver(user_openid=mias)

    send_code("mia")

    assert (state(), result()) == ("active", "ignored")
    assert is_logged_in(client)


def test_removal_of_before_the_first_login_is_outdated(
    send_code, client, meanwhile, deliver, mias
):
    removed_at = int(time.time()) - MINUTE
    meanwhile(
        lambda: deliver(user_openid=mias, create_time=removed_at, by=Client()),
    )

    send_code("mia")

    assert (state(), result()) == ("active", "outdated")
    assert is_logged_in(client)


@pytest.mark.parametrize("whose", [("noah", DRAMA), ("mia", GAME)])
def test_removal_of_another_identity_stays_ignored(
    send_code, meanwhile, deliver, tiktok, whose
):
    meanwhile(lambda: deliver(user_openid=tiktok.open_id(*whose), by=Client()))

    send_code("mia")

    assert (state(), result()) == ("active", "ignored")


def test_other_events_of_a_new_user_are_not_run_again(
    send_code, meanwhile, deliver, mias, receiver
):
    heard = []
    receiver(lambda event, **kwargs: heard.append(event.event))
    event = "minis.trade_order.redeem.success"
    meanwhile(lambda: deliver(event=event, user_openid=mias, by=Client()))

    send_code("mia")

    assert heard == [event]
