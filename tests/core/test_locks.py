"""Users can be locked with any default manager of the project's user model."""

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Count, Manager
from django.db.models.signals import pre_delete

from tests.admin.conftest import person as person  # a fixture
from tests.fixtures import GAME
from ttminis_auth.linking.merge import MergeRefused, merge_users
from ttminis_auth.models import Identity
from ttminis_auth.removal import erasure

pytestmark = pytest.mark.django_db

User = get_user_model()


class Counting(Manager):
    def get_queryset(self):
        return super().get_queryset().annotate(accounts=Count("socialaccount"))


class NotDeleted(Manager):
    """A manager of a project that marks users as deleted and keeps their rows."""

    def get_queryset(self):
        return super().get_queryset().exclude(last_name="deleted")


@pytest.fixture
def managed_by(monkeypatch):
    def use(manager):
        manager.model = User
        monkeypatch.setitem(vars(User._meta), "default_manager", manager)

    return use


@pytest.fixture
def mia(person):
    return person("mia")


@pytest.fixture
def other(person):
    return person("mia-game", app=GAME).account.user


def test_users_of_an_annotating_manager_can_be_merged(managed_by, mia, other):
    managed_by(Counting())

    assert merge_users(other, mia.account.user) == []


def test_a_user_of_an_annotating_manager_can_be_erased(managed_by, mia):
    managed_by(Counting())

    erasure.erase(mia, delete_user=True, revoke=False)

    assert not User.objects.exists()


def test_a_merge_into_a_hidden_user_is_refused(managed_by, mia, other):
    """Nothing could log in as that user any more."""
    managed_by(NotDeleted())
    User.objects.filter(pk=other.pk).update(last_name="deleted")

    with pytest.raises(MergeRefused, match="gone"):
        merge_users(mia.account.user, other)


def test_a_hidden_user_can_be_erased(managed_by, mia):
    managed_by(NotDeleted())
    User.objects.update(last_name="deleted")

    erasure.erase(mia, delete_user=True, revoke=False)

    assert not User.objects.exists()


def test_a_user_made_staff_during_an_erasure_is_not_erased(mia, hear):
    hear(
        pre_delete,
        lambda sender, **kwargs: sender is Identity and User.objects.update(is_staff=1),
    )

    with pytest.raises(erasure.ErasureRefused, match="staff"):
        erasure.erase(mia, delete_user=True, revoke=False)

    assert Identity.objects.get() == mia
