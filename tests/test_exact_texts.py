"""A text that differs by the case of a letter, or an accent, is another one.

On PostgreSQL and SQLite nothing else could be; MariaDB compares like this by default.
"""

from datetime import date

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db.models import CharField
from django.db.models.lookups import IExact
from django.test.utils import register_lookup
from django.utils import timezone

from tests.fixtures import DRAMA
from ttminis_auth.models import DailyCount, Identity, LinkingConflict, WebhookDelivery
from ttminis_auth.removal import erasure

pytestmark = pytest.mark.django_db

# "a" and what it is not.
OTHERS = ["A", "á"]


def person(name, *, uid=None, **fields):
    """Store an identity with this open_id."""
    user = get_user_model().objects.create_user(f"user {SocialAccount.objects.count()}")
    uid = uid or name
    account = SocialAccount.objects.create(user=user, provider="ttminis", uid=uid)
    facts = {"client_key": DRAMA, "open_id": name, **fields}
    return Identity.objects.create(account=account, **facts)


def delivery(**fields):
    facts = {"digest": "d", "event": "e", "create_time": timezone.now(), **fields}
    return WebhookDelivery.objects.create(**facts)


def conflict(**fields):
    two = {"older": person("o-1"), "younger": person("o-2")}
    return LinkingConflict.objects.create(**two, **fields)


def count(**fields):
    return DailyCount.objects.create(day=date(2026, 1, 1), what="login", **fields)


STORED = [
    (lambda text: person("o", client_key=text), "client_key"),
    (person, "open_id"),
    (lambda text: person("o", union_id=text), "union_id"),
    (lambda text: delivery(user_openid=text), "user_openid"),
    (lambda text: delivery(client_key=text), "client_key"),
    (lambda text: conflict(union_id=text), "union_id"),
    (lambda text: count(client_key=text), "client_key"),
]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(("store", "column"), STORED)
def test_row_is_found_by_its_own_text_alone(store, column, other):
    rows = type(store("a")).objects

    assert rows.filter(**{column: "a"}).exists()
    assert not rows.filter(**{column: other}).exists()


@pytest.mark.parametrize("other", OTHERS)
def test_two_people_are_stored_beside_each_other(other):
    assert person("a") != person(other)


@pytest.mark.parametrize("other", OTHERS)
def test_counts_of_two_apps_are_stored_beside_each_other(other):
    assert count(client_key="a") != count(client_key=other)


def test_account_of_another_case_is_not_erased():
    """Also where allauth's column compares as MariaDB does by default."""
    user = get_user_model().objects.create_user("olga")
    SocialAccount.objects.create(user=user, provider="ttminis", uid="O-1")

    with register_lookup(CharField, IExact, lookup_name="exact"):
        assert erasure.find("o-1") is None
        assert erasure.find("O-1").account.user == user


def test_user_with_an_account_of_another_case_is_not_deleted():
    mia = person("o-1")
    SocialAccount.objects.create(user=mia.account.user, provider="ttminis", uid="O-1")

    with (
        register_lookup(CharField, IExact, lookup_name="exact"),
        pytest.raises(erasure.ErasureRefused, match="other social accounts"),
    ):
        erasure.erase(mia, delete_user=True, revoke=False)
