"""A user is erased while a webhook about the user is handled."""

from threading import Event

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db.models.signals import post_save

from tests.lengths import times
from tests.waiting import at_once, until_somebody_waits
from ttminis_auth.models import Identity, WebhookDelivery
from ttminis_auth.removal import erasure

pytestmark = pytest.mark.django_db(transaction=True)

User = get_user_model()


def erase():
    for identity in Identity.objects.with_user():
        erasure.erase(identity, delete_user=True, revoke=False)


def test_receiver_may_erase_the_user_of_the_webhook(remove, receiver, caplog):
    receiver(lambda **kwargs: erase())

    assert remove().status_code == 200
    assert not User.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert "failed" not in caplog.text


def test_webhook_whose_user_is_erased_before_it_is_handled_is_answered(remove, caplog):
    """Otherwise TikTok would send it again, and the server store the open_id anew."""

    def erase_once(created, **kwargs):
        erase()

    post_save.connect(erase_once, sender=WebhookDelivery)
    try:
        answer = remove()
    finally:
        post_save.disconnect(erase_once, sender=WebhookDelivery)

    assert answer.status_code == 200
    assert not WebhookDelivery.objects.exists()
    assert "failed" not in caplog.text


def write_to_the_user(identity, **kwargs):
    """Note something with the user, under the locks that the documents ask for."""
    if identity:
        accounts = SocialAccount.objects.select_for_update().order_by("pk")
        list(accounts.filter(user=identity.account.user_id))
        users = User.objects.select_for_update()
        users.filter(pk=identity.account.user_id).first()
        identity.account.save()


@pytest.mark.postgres
@pytest.mark.parametrize("trial", range(times(3)))
def test_webhooks_and_the_erasure_of_their_user_at_once_all_succeed(
    remove, deliver, receiver, identity, trial, caplog
):
    receiver(write_to_the_user)
    about = {"user_openid": identity.open_id}
    for number in range(5):
        deliver(event="new", content={"order": -number}, **about)

    *answers, _ = at_once(
        *[
            lambda n=n: deliver(event="new", content={"n": n}, **about)
            for n in range(3)
        ],
        remove,
        erase,
    )

    assert {answer.status_code for answer in answers} == {200}
    assert not Identity.objects.exists()
    assert "Deadlock" not in caplog.text


@pytest.mark.postgres
def test_erasure_waits_for_a_webhook_before_it_holds_the_user(
    deliver, receiver, identity, caplog
):
    begun = Event()

    def write(identity, **kwargs):
        begun.set()
        until_somebody_waits()
        write_to_the_user(identity)

    def erase_then():
        begun.wait()
        erase()

    receiver(write)
    about = {"user_openid": identity.open_id}
    answer, _ = at_once(lambda: deliver(event="new", **about), erase_then)

    assert answer.status_code == 200
    assert not Identity.objects.exists()
    assert "failed" not in caplog.text
