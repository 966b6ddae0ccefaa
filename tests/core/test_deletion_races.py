"""Django deletes a user, an account or an identity while TikTok users log in.

Django's own deletion has no order of locks: it deletes grants, identities, accounts
and users, and a login writes to the account first. These tests use real threads.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.admin.conftest import admin_client as admin_client  # a fixture
from tests.admin.conftest import operator as operator  # a fixture
from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic, connection
from tests.fixtures import DRAMA
from tests.lengths import times
from tests.waiting import at_once, until_somebody_waits
from ttminis_auth.linking import merge
from ttminis_auth.models import Grant, Identity
from ttminis_auth.removal import deauthorize

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

User = get_user_model()
TRIALS = range(times(3))


def delete_user():
    User.objects.get(socialaccount__isnull=False).delete()


def delete_users():
    User.objects.filter(socialaccount__isnull=False).delete()


def delete_account():
    SocialAccount.objects.get().delete()


def delete_accounts():
    SocialAccount.objects.all().delete()


def delete_identity():
    Identity.objects.get().delete()


def delete_identities():
    Identity.objects.all().delete()


DELETIONS = [
    delete_user,
    delete_users,
    delete_account,
    delete_accounts,
    delete_identity,
    delete_identities,
]
NARROW = ("user.info.open_id",)


@pytest.fixture
def parallel_logins(authorize, send_code):
    """Three logins of a known user, Mia: two consents and a silent login."""
    authorize("mia", by=Client(), scopes=NARROW)
    return [
        lambda: authorize("mia", by=Client()),
        lambda: send_code("mia", by=Client()),
        lambda: authorize("mia", by=Client()),
    ]


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("delete", DELETIONS)
def test_deletion_by_django_and_logins_at_once_all_succeed(
    parallel_logins, delete, trial
):
    *answers, _ = at_once(*parallel_logins, delete)

    assert {answer.status_code for answer in answers} <= {200, 409}


@pytest.mark.parametrize("trial", TRIALS)
def test_deletion_in_the_admin_and_logins_at_once_all_succeed(
    parallel_logins, admin_client, trial
):
    user = User.objects.get(socialaccount__isnull=False)
    url = reverse("admin:auth_user_delete", args=[user.pk])

    *answers, deleted = at_once(
        *parallel_logins, lambda: admin_client.post(url, {"post": "yes"})
    )

    assert deleted.status_code == 302
    assert {answer.status_code for answer in answers} <= {200, 409}


@pytest.mark.parametrize("trial", TRIALS)
def test_deletion_of_many_users_and_a_merge_of_two_at_once_both_succeed(person, trial):
    """Their identities are in another order than their accounts."""
    mia, noah = person("mia"), person("noah")
    accounts = [mia.account, noah.account]
    for account in reversed(accounts):
        Identity.objects.get(account=account).delete()
        named = {"client_key": DRAMA, "open_id": account.uid}
        Identity.objects.create(account=account, **named)

    at_once(
        lambda: User.objects.all().delete(),
        lambda: User.objects.order_by("-pk").delete(),
        lambda: merge_if_there(*[account.user for account in accounts]),
    )

    assert not User.objects.exists()


def merge_if_there(goes, stays):
    with suppress(merge.MergeRefused):
        merge.merge_users(goes, stays)


def test_removal_that_waited_for_a_merge_revokes_the_tokens(person):
    """The account is another user's by then."""
    mia, noah = person("mia"), person("noah")

    def remove():
        try:
            return deauthorize.remove(mia, reason=1, at=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, atomic():
        merge.merge_users(mia.account.user, noah.account.user)
        answer = pool.submit(remove)
        until_somebody_waits()

    assert answer.result() is True
    assert not Grant.objects.filter(identity=mia).active().exists()
