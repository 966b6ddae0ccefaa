"""Django has read what it is going to delete, and then a login stores more.

Django would leave rows that refer to nothing: an IntegrityError, on PostgreSQL at the
commit. One thread: what happens between the reading and the deletion is done there.
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
    """Return the second half of Django's deletion, once the first half is done."""
    collector = Collector(using=PEOPLE, origin=rows if origin is None else origin)
    collector.collect(list(rows))
    return collector.delete


@pytest.fixture
def mia(send_code):
    send_code("mia", by=Client())
    return Identity.objects.with_user().get()


@pytest.fixture
def audited(hear):
    """The project listens to every deletion, so Django reads all rows beforehand."""
    hear(post_delete, lambda **kwargs: None)


ROWS = [User.objects.all(), SocialAccount.objects.all(), Identity.objects.all()]


@pytest.mark.parametrize("rows", ROWS, ids=lambda rows: rows.model.__name__)
def test_grant_that_a_consent_stores_meanwhile_goes_along(mia, authorize, rows):
    delete = having_read(rows.all())
    authorize("mia", by=Client())
    delete()

    assert not rows.all().exists()
    assert not Grant.objects.exists()


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("rows", ROWS, ids=lambda rows: rows.model.__name__)
def test_grant_goes_along_where_the_project_listens(mia, authorize, rows):
    Grant.objects.all().delete()
    delete = having_read(rows.all())
    authorize("mia", by=Client())
    delete()

    assert not Grant.objects.exists()


@pytest.mark.usefixtures("audited")
def test_conflict_that_is_found_meanwhile_goes_along(mia, person):
    other = person("mia-game", app=GAME)
    delete = having_read(Identity.objects.filter(pk=mia.pk))
    LinkingConflict.objects.create(older=mia, younger=other, union_id="u")
    delete()

    assert not LinkingConflict.objects.exists()
    assert Identity.objects.get() == other


@pytest.mark.parametrize("model", [User, SocialAccount])
def test_identity_that_a_login_makes_meanwhile_goes_along(
    model, local_user, tiktok, send_code
):
    uid = tiktok.open_id("mia", DRAMA)
    SocialAccount.objects.create(user=local_user, provider="ttminis", uid=uid)
    delete = having_read(model.objects.all())
    send_code("mia", by=Client())
    delete()

    assert not Identity.objects.exists()
    assert not SocialAccount.objects.exists()


def test_account_that_is_connected_meanwhile_goes_along(olga, send_code):
    delete = having_read(User.objects.filter(pk=olga.pk), origin=olga)
    assert send_code("mia", process="connect").status_code == 200
    delete()

    assert not User.objects.exists()
    assert not Grant.objects.exists()


def test_signal_of_a_deletion_is_sent_once_for_each_identity(mia, hear):
    senders = []
    hear(
        pre_delete,
        lambda sender, **kwargs: senders.append(sender) if sender is Identity else None,
    )
    mia.account.user.delete()

    assert senders == [Identity]


def test_deletion_that_does_not_say_where_it_began_takes_the_locks_as_well(mia):
    with atomic():
        for row in (mia, mia.account, mia.account.user):
            pre_delete.send(sender=type(row), instance=row, using=PEOPLE)

    assert Identity.objects.get() == mia


@pytest.mark.parametrize("using", [PEOPLE, "archive"])
def test_deletion_elsewhere_or_of_nothing_takes_no_lock(mia, using):
    """Where nothing can be held, as there is no transaction."""
    user = mia.account.user
    pre_delete.send(sender=User, instance=user, using=using)

    assert Identity.objects.get() == mia


def test_queryset_may_be_annotated_and_ordered(mia):
    users = User.objects.filter(socialaccount__uid=mia.open_id).order_by("-username")
    users.distinct().order_by("pk").delete()

    assert not Identity.objects.exists()


def test_deletion_of_rows_that_have_no_users_is_left_alone(mia):
    Group.objects.create(name="crowd")
    Group.objects.all().delete()

    assert Identity.objects.get() == mia


def test_login_after_an_identity_was_deleted_alone_stores_its_profile(mia, authorize):
    mia.delete()

    assert authorize("mia", by=Client()).status_code == 200
    assert Identity.objects.get().union_id


def test_identity_that_another_worker_has_deleted_can_be_deleted_once_more(mia):
    again = Identity.objects.get()
    mia.account.delete()

    again.delete()

    assert not Identity.objects.exists()


# --- what Django has read of a user is another user's by now


@pytest.fixture
def linked(mia):
    """Return a function that links Mia's TikTok account to Olga."""

    def link():
        olga = User.objects.create_user("olga")
        SocialAccount.objects.filter(pk=mia.account_id).update(user=olga)

    return link


@pytest.mark.parametrize("many", [False, True])
def test_account_that_is_linked_to_another_user_meanwhile_stays(mia, linked, many):
    user = mia.account.user
    rows = User.objects.filter(pk=user.pk)
    delete = having_read(rows, rows if many else user)
    linked()

    with pytest.raises(MovedMeanwhile):
        delete()

    assert Identity.objects.get().account.user.username == "olga"
    assert User.objects.filter(pk=user.pk).exists()


def test_user_whose_account_was_linked_meanwhile_can_be_deleted_again(mia, linked):
    user = mia.account.user
    delete = having_read([user], user)
    linked()
    with pytest.raises(MovedMeanwhile):
        delete()

    user.delete()

    assert User.objects.get().username == "olga"
    assert Identity.objects.exists()


def test_user_that_left_the_queryset_meanwhile_is_deleted(mia):
    delete = having_read(User.objects.filter(first_name=""))
    User.objects.update(first_name="Mia")

    delete()

    assert not Identity.objects.exists()


def test_account_is_deleted_whosever_it_is_where_it_was_named(mia, linked):
    delete = having_read(SocialAccount.objects.all())
    linked()

    delete()

    assert not SocialAccount.objects.exists()
