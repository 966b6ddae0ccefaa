"""While TikTok is asked for new tokens, something else is stored in their place.

Where rows have no locks, as on SQLite, no request waits for a refresh. What it brings
counts for the refresh token that was sent, and for no other. Real threads, on a file.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tests.databases import connection
from tests.fixtures import DRAMA
from tests.grants import access, refresh
from tests.sqlite_file import move_to_file as move_to_file  # a fixture
from tests.sqlite_file import sqlite_file as sqlite_file
from tests.tokens.processes import eventually
from ttminis_auth.errors import ReauthorizationRequired
from ttminis_auth.models import Grant, Identity
from ttminis_auth.removal import deauthorize
from ttminis_auth.tokens import access as tokens
from ttminis_auth.tokens import reencrypt
from ttminis_auth.tokens.refresh_all import refresh_due

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = ("user.info.open_id",)


@pytest.fixture
def mia(sqlite_file, authorize):
    """Mia, whose access token has expired."""
    authorize("mia", by=Client(), scopes=NARROW)
    Grant.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1))
    return Identity.objects.with_user().get()


@pytest.fixture
def renewing(tiktok):
    """Do something while another thread waits for TikTok's answer to a renewal."""

    @contextmanager
    def begin(act):
        def run():
            try:
                return act()
            finally:
                connection.close()

        tiktok.clear_requests()
        tiktok.order_fault("slow", endpoint="token", seconds=1)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(run)
            eventually(lambda: tiktok.requests)
            yield answer
            answer.exception()

    return begin


def test_removal_during_a_renewal_leaves_no_grant_alive(mia, renewing):
    with renewing(lambda: tokens.access_token(mia)) as answer:
        deauthorize.remove(mia, reason=1, at=timezone.now())

    assert isinstance(answer.exception(), ReauthorizationRequired)
    assert not Grant.objects.active().exists()
    assert not access(Grant.objects.get())


def test_consent_during_a_renewal_keeps_its_tokens(mia, renewing, authorize, tiktok):
    with renewing(lambda: tokens.access_token(mia)) as answer:
        authorize("mia", by=Client())

    grant = Grant.objects.get()
    assert "user.info.basic" in grant.scope_list
    assert answer.result() == access(grant)
    assert tiktok.rotate(refresh(grant), DRAMA)


def test_fresh_tokens_are_not_marked_dead_for_an_old_refresh_token(
    mia, renewing, authorize, tiktok
):
    tiktok.remove_app("mia", DRAMA)
    with renewing(lambda: tokens.access_token(mia)) as answer:
        authorize("mia", by=Client())

    assert answer.result() == access(Grant.objects.active().get())


@pytest.mark.parametrize("model", [get_user_model(), Identity])
def test_deletion_during_a_renewal_does_not_end_the_run(
    mia, renewing, authorize, model
):
    authorize("noah", by=Client())
    soon = timezone.now() + timedelta(seconds=1)
    Grant.objects.exclude(identity=mia).update(access_expires_at=soon)
    with renewing(refresh_due) as run:
        path = {"pk": mia.pk} if model is Identity else {"pk": mia.account.user_id}
        model.objects.get(**path).delete()

    assert run.result().refreshed == 1
    assert Grant.objects.count() == 1


def test_tokens_that_are_encrypted_anew_during_a_renewal_are_renewed(
    mia, renewing, tiktok, settings
):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    with renewing(lambda: tokens.access_token(mia)) as answer:
        settings.SECRET_KEY = "another key that is long enough to please the checks"
        list(reencrypt.reencrypt_all())

    grant = Grant.objects.get()
    assert answer.result() == access(grant)
    assert tiktok.rotate(refresh(grant), DRAMA)
