"""A user's end while TikTok is asked for their login, with a second thread."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.databases import connection
from tests.fixtures import DRAMA, error_code
from tests.sessions import is_logged_in
from ttminis_auth.core import session_search
from ttminis_auth.linking import relink
from ttminis_auth.models import Grant, Identity
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.tokens.refresh_all import refresh_due
from ttminis_auth.tokens.revoke_later import revocations

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

User = get_user_model()


def mia():
    return Identity.objects.with_user().get()


def remove():
    deauthorize.remove(mia(), reason=1, at=timezone.now())


def remove_as_a_webhook_says():
    """With the time of TikTok's clock, which ticks in seconds."""
    at = timezone.now().replace(microsecond=0)
    deauthorize.remove(mia(), reason=1, at=at)


def end_sessions():
    session_search.end(mia().account.user)


def erase():
    erasure.erase(mia(), revoke=False)


def unlink():
    User.objects.update(password="md5$salt$hash")
    relink.unlink(mia(), revoke=False)


def delete_user():
    mia().account.user.delete()


def delete_account():
    mia().account.delete()


def hanging_up(act):
    def run():
        try:
            return act()
        finally:
            connection.close()

    return run


ENDS = [remove, remove_as_a_webhook_says, end_sessions]
DELETIONS = [erase, unlink, delete_user, delete_account]


@pytest.fixture
def during(tiktok):
    """Act while TikTok holds an answer back: ``during("token", end, send)``."""

    def meet(endpoint, act, send):
        before = tiktok.count(endpoint)
        tiktok.order_fault("slow", endpoint=endpoint, seconds=30)
        with ThreadPoolExecutor(1) as pool:
            answered = pool.submit(hanging_up(send))
            while tiktok.count(endpoint) == before:
                time.sleep(0.01)
            try:
                act()
            finally:
                tiktok.release()
            return answered.result()

    return meet


@pytest.mark.parametrize("end", ENDS)
def test_login_that_tiktok_was_asked_for_before_the_end_is_refused(
    send_code, client, during, end
):
    send_code("mia", by=Client())

    answer = during("token", end, lambda: send_code("mia"))

    assert error_code(answer) == "login_again"
    assert not is_logged_in(client)


@pytest.mark.parametrize("end", [*ENDS, *DELETIONS])
def test_consent_that_tiktok_was_asked_for_before_the_end_is_refused(
    send_code, authorize, client, during, end
):
    send_code("mia", by=Client())

    answer = during("user_info", end, lambda: authorize("mia"))

    assert error_code(answer) == "login_again"
    assert not is_logged_in(client)


@pytest.mark.parametrize("endpoint", ["token", "user_info"])
def test_new_user_who_is_removed_meanwhile_stays_removed(
    authorize, client, during, tiktok, endpoint
):
    def tell():
        body, headers = tiktok.forge_webhook(
            DRAMA, "authorization.removed", handle="mia", content={"reason": 1}
        )
        kind = "application/json"
        Client().post(reverse("ttminis_webhook"), body, kind, headers=headers)

    during(endpoint, tell, lambda: authorize("mia"))

    assert mia().state == Identity.State.REMOVED
    assert not is_logged_in(client)


def test_login_counts_from_when_tiktok_was_asked(send_code, during):
    answered = []

    during("token", lambda: answered.append(timezone.now()), lambda: send_code("mia"))

    assert mia().authorized_at() < answered[0]


@pytest.mark.parametrize("deletion", DELETIONS)
def test_consent_of_before_a_deletion_is_none_of_who_came_after(
    send_code, authorize, client, during, deletion
):
    send_code("mia", by=Client())

    def delete_and_return():
        deletion()
        send_code("mia", by=Client())

    answer = during("user_info", delete_and_return, lambda: authorize("mia"))

    assert error_code(answer) == "login_again"
    assert not is_logged_in(client)
    assert "display_name" not in mia().account.extra_data


@pytest.mark.parametrize("deletion", DELETIONS)
def test_consent_in_flight_does_not_restore_an_erased_identity(
    send_code, authorize, during, deletion
):
    send_code("mia", by=Client())

    during("user_info", deletion, lambda: authorize("mia"))

    assert not Identity.objects.exists()


@pytest.mark.parametrize("end", [*ENDS, *DELETIONS])
def test_next_login_after_the_end_succeeds(send_code, authorize, client, during, end):
    send_code("mia", by=Client())
    during("user_info", end, lambda: authorize("mia"))

    send_code("mia")

    assert is_logged_in(client)


def test_tokens_that_are_renewed_during_a_deletion_are_revoked(
    send_code, during, tiktok, settings
):
    settings.TTMINIS_REVOKE_ON = ["delete"]
    send_code("mia")
    soon = timezone.now() + timedelta(minutes=1)
    Grant.objects.update(access_expires_at=soon, issued_at=soon - timedelta(hours=2))

    with ThreadPoolExecutor(1) as pool:

        def begin_to_delete():
            pool.submit(hanging_up(delete_user))
            time.sleep(0.3)

        during("token", begin_to_delete, lambda: refresh_due(timedelta(days=1)))
    revocations.wait()

    assert tiktok.connected == set()
