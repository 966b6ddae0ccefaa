"""A user removes the app, and TikTok sends the webhook."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth import get_user_model

from tests.sessions import is_logged_in
from tests.web.conftest import WEB
from tests.web.conftest import person as person  # a fixture
from tests.webhooks.conftest import HOUR
from ttminis_auth.errors import ReauthorizationRequired
from ttminis_auth.models import Identity, WebhookDelivery
from ttminis_auth.tiktok.types import RemovalReason
from ttminis_auth.tokens import access

pytestmark = pytest.mark.django_db

User = get_user_model()


def result():
    return WebhookDelivery.objects.latest("pk").result


def test_tokens_end(remove, identity):
    assert remove().status_code == 200

    assert result() == "handled"
    with pytest.raises(ReauthorizationRequired):
        access.access_token(identity)


def test_minis_session_ends(remove, client):
    remove()

    assert not is_logged_in(client)


def test_person_is_marked_and_kept(remove):
    at = int(time.time())
    remove(RemovalReason.BANNED, create_time=at)

    identity = Identity.objects.get()
    assert (identity.state, identity.removed_reason) == ("removed", 4)
    assert identity.removed_at.timestamp() == at
    assert User.objects.count() == 1


@pytest.mark.parametrize("reason", [6, -1, "x", None, {"a": 1}])
def test_unknown_reason_removes_as_well(remove, reason):
    remove(reason)

    assert Identity.objects.get().removed_reason == RemovalReason.UNKNOWN


def test_actions_are_those_of_the_reason(remove, settings, client):
    settings.TTMINIS_REMOVAL_ACTIONS = {2: ["deactivate"]}

    remove(RemovalReason.ACCOUNT_DELETED)

    assert not User.objects.get().is_active


def test_event_from_before_the_last_login_does_nothing(remove, identity, client):
    remove(create_time=int(time.time()) - HOUR)

    assert result() == "outdated"
    assert access.access_token(identity)
    assert is_logged_in(client)


def test_removal_of_an_unknown_identity_is_no_error(deliver, heard):
    response = deliver(user_openid="nobody")

    assert (response.status_code, result()) == (200, "ignored")
    assert heard[0]["identity"] is None


def test_removal_without_an_open_id_is_no_error(deliver):
    assert deliver(user_openid="").status_code == 200
    assert result() == "ignored"


def test_receivers_hear_of_a_removal_once_it_is_done(remove, identity, receiver):
    seen = []

    def look(identity, delivery, **kwargs):
        seen.append((identity.state, delivery.result))

    receiver(look)
    remove()

    assert seen == [("removed", "handled")]


def test_login_afterwards_comes_back_cleanly(remove, identity, authorize):
    remove()
    authorize("mia")

    again = Identity.objects.get()
    assert (again.pk, again.state) == (identity.pk, Identity.State.ACTIVE)
    assert (again.removed_reason, again.removed_at) == (None, None)
    assert access.access_token(again)


def test_replay_after_the_person_came_back_does_nothing(remove, authorize):
    at = int(time.time())
    remove(create_time=at)
    authorize("mia")

    assert remove(create_time=at).status_code == 200

    assert Identity.objects.get().state == Identity.State.ACTIVE
    assert access.access_token(Identity.objects.get())


def test_removal_that_is_run_again_after_the_person_came_back_is_outdated(
    remove, authorize, heard
):
    remove(create_time=int(time.time()) - HOUR)
    WebhookDelivery.objects.update(result="received")

    remove(create_time=WebhookDelivery.objects.get().create_time.timestamp())

    assert result() == "outdated"


def test_web_login_is_removed_as_well(person, deliver):
    person.log_in()
    identity = Identity.objects.get()

    deliver(client_key=WEB, secret="simulated-web-secret", user_openid=identity.open_id)

    assert Identity.objects.get().state == Identity.State.REMOVED
    with pytest.raises(ReauthorizationRequired):
        access.access_token(identity)
