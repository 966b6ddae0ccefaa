"""A login stores rows after Django has read the rows that it will delete.

Django would leave rows that refer to nothing: an IntegrityError, on PostgreSQL at the
commit. These tests use one thread: each runs the login between reading and deletion.
"""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete
from django.test import Client

from tests.admin.conftest import person as person  # a fixture
from tests.databases import PEOPLE, atomic
from tests.fixtures import DRAMA, GAME
from ttminis_auth.core.deletion import MovedMeanwhile
from ttminis_auth.models import Grant, Identity, LinkingConflict

pytestmark = pytest.mark.django_db(transaction=True)

User = get_user_model()
NARROW = ("user.info.open_id",)


def having_read(rows, origin=None):
    """Let Django read the rows to delete; return the function that deletes them."""
    collector = Collector(using=PEOPLE, origin=rows if origin is None else origin)
    collector.collect(list(rows))
    return collector.delete


@pytest.fixture
def mia(send_code):
    send_code("mia", by=Client())
    return Identity.objects.with_user().get()


@pytest.fixture
def audited(hear):
    """A receiver of every deletion makes Django read all rows beforehand."""
    hear(post_delete, lambda **kwargs: None)


ROWS = [User.objects.all(), SocialAccount.objects.all(), Identity.objects.all()]


@pytest.mark.parametrize("rows", ROWS, ids=lambda rows: rows.model.__name__)
def test_grant_that_a_consent_stores_during_a_deletion_is_deleted(mia, authorize, rows):
    delete = having_read(rows.all())
    authorize("mia", by=Client())
    delete()

    assert not rows.all().exists()
    assert not Grant.objects.exists()


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("rows", ROWS, ids=lambda rows: rows.model.__name__)
def test_grant_stored_during_a_deletion_with_receivers_is_deleted(mia, authorize, rows):
    Grant.objects.all().delete()
    delete = having_read(rows.all())
    authorize("mia", by=Client())
    delete()

    assert not Grant.objects.exists()


@pytest.mark.usefixtures("audited")
def test_conflict_found_during_a_deletion_is_deleted(mia, person):
    other = person("mia-game", app=GAME)
    delete = having_read(Identity.objects.filter(pk=mia.pk))
    LinkingConflict.objects.create(older=mia, younger=other, union_id="u")
    delete()

    assert not LinkingConflict.objects.exists()
    assert Identity.objects.get() == other


@pytest.mark.parametrize("model", [User, SocialAccount])
def test_identity_made_by_a_login_during_a_deletion_is_deleted(
    model, local_user, tiktok, send_code
):
    uid = tiktok.open_id("mia", DRAMA)
    SocialAccount.objects.create(user=local_user, provider="ttminis", uid=uid)
    delete = having_read(model.objects.all())
    send_code("mia", by=Client())
    delete()

    assert not Identity.objects.exists()
    assert not SocialAccount.objects.exists()


def test_account_connected_during_a_deletion_is_deleted(olga, send_code):
    delete = having_read(User.objects.filter(pk=olga.pk), origin=olga)
    assert send_code("mia", process="connect").status_code == 200
    delete()

    assert not User.objects.exists()
    assert not Grant.objects.exists()


def test_pre_delete_is_sent_once_for_each_identity(mia, hear):
    senders = []
    hear(
        pre_delete,
        lambda sender, **kwargs: senders.append(sender) if sender is Identity else None,
    )
    mia.account.user.delete()

    assert senders == [Identity]


def test_a_pre_delete_signal_without_origin_takes_the_locks(mia):
    with atomic():
        for row in (mia, mia.account, mia.account.user):
            pre_delete.send(sender=type(row), instance=row, using=PEOPLE)

    assert Identity.objects.get() == mia


@pytest.mark.parametrize("using", [PEOPLE, "archive"])
def test_a_pre_delete_signal_of_another_database_takes_no_lock(mia, using):
    """A lock would fail here, as there is no transaction."""
    user = mia.account.user
    pre_delete.send(sender=User, instance=user, using=using)

    assert Identity.objects.get() == mia


def test_an_ordered_distinct_queryset_can_be_deleted(mia):
    users = User.objects.filter(socialaccount__uid=mia.open_id).order_by("-username")
    users.distinct().order_by("pk").delete()

    assert not Identity.objects.exists()


def test_deleting_rows_of_other_models_works_as_before(mia):
    Group.objects.create(name="crowd")
    Group.objects.all().delete()

    assert Identity.objects.get() == mia


def test_login_after_deleting_the_identity_alone_stores_the_profile(mia, authorize):
    mia.delete()

    assert authorize("mia", by=Client()).status_code == 200
    assert Identity.objects.get().union_id


def test_deleting_an_identity_that_is_gone_is_no_error(mia):
    again = Identity.objects.get()
    mia.account.delete()

    again.delete()

    assert not Identity.objects.exists()


# --- an account that Django has read is linked to another user meanwhile


@pytest.fixture
def linked(mia):
    """Return a function that links Mia's TikTok account to Olga."""

    def link():
        olga = User.objects.create_user("olga")
        SocialAccount.objects.filter(pk=mia.account_id).update(user=olga)

    return link


@pytest.mark.parametrize("many", [False, True])
def test_account_linked_to_another_user_during_a_deletion_stays(mia, linked, many):
    user = mia.account.user
    rows = User.objects.filter(pk=user.pk)
    delete = having_read(rows, rows if many else user)
    linked()

    with pytest.raises(MovedMeanwhile):
        delete()

    assert Identity.objects.get().account.user.username == "olga"
    assert User.objects.filter(pk=user.pk).exists()


def test_deletion_after_a_concurrent_link_can_be_repeated(mia, linked):
    user = mia.account.user
    delete = having_read([user], user)
    linked()
    with pytest.raises(MovedMeanwhile):
        delete()

    user.delete()

    assert User.objects.get().username == "olga"
    assert Identity.objects.exists()


def test_user_who_no_longer_matches_the_queryset_is_deleted(mia):
    delete = having_read(User.objects.filter(first_name=""))
    User.objects.update(first_name="Mia")

    delete()

    assert not Identity.objects.exists()


def test_deletion_of_accounts_deletes_one_linked_meanwhile(mia, linked):
    delete = having_read(SocialAccount.objects.all())
    linked()

    delete()

    assert not SocialAccount.objects.exists()
