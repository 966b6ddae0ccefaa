"""Rows that refer to a user by a generic key, which go with the user when it goes."""

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.admin.conftest import operator as operator  # a fixture
from tests.admin.conftest import person as person  # a fixture
from ttminis_auth.linking.merge import merge_users
from ttminis_auth.linking.merge_preview import End, plan_merge
from ttminis_auth.removal import erasure
from ttminis_auth.signals import merging_users

pytestmark = pytest.mark.django_db

User = get_user_model()


class Listed(GenericRelation):
    """As some packages write theirs, who want rows to go or to outlive the user."""

    going = ()

    def bulk_related_objects(self, *args, **kwargs):
        return list(self.going)


@pytest.fixture
def relate():
    """Give the users a generic relation for the length of the test."""
    added = []

    def add(field):
        field.contribute_to_class(User, "written_about")
        added.append(field)
        return field

    yield add
    for field in added:
        User._meta.private_fields.remove(field)
        del User.written_about
    apps.clear_cache()  # what the models remember of each other


@pytest.fixture
def entry(goes, operator):
    users = ContentType.objects.get_for_model(User)
    return LogEntry.objects.create(
        user=operator, action_flag=2, content_type=users, object_id=goes.pk
    )


def move(older, younger, **kwargs):
    LogEntry.objects.filter(object_id=younger.pk).update(object_id=older.pk)


def counts(found):
    (each,) = [each for each in found.related if each.label == "admin.LogEntry"]
    return each.field, each.moves, each.stays, each.gone


def test_rows_of_a_generic_relation_keep_the_merged_user(relate, goes, stays, entry):
    relate(GenericRelation(LogEntry))

    assert merge_users(goes, stays) == ["admin.LogEntry"]
    assert LogEntry.objects.get() == entry
    assert not User.objects.get(pk=goes.pk).is_active


def test_rows_of_a_generic_relation_that_move_do_not_keep_the_user(
    relate, goes, stays, entry, hear
):
    relate(GenericRelation(LogEntry))
    hear(merging_users, move)

    assert merge_users(goes, stays) == []
    assert LogEntry.objects.get().object_id == str(stays.pk)


def test_preview_shows_that_they_stay(relate, goes, stays, entry):
    relate(GenericRelation(LogEntry))

    found = plan_merge(goes, stays)

    assert counts(found) == ("written_about", 0, 1, 0)
    assert found.goes_ends is End.KEPT


def test_preview_shows_that_a_receiver_moves_them(relate, goes, stays, entry, hear):
    relate(GenericRelation(LogEntry))
    hear(merging_users, move)

    found = plan_merge(goes, stays)

    assert counts(found) == ("written_about", 1, 0, 0)
    assert found.goes_ends is End.DELETED


def test_no_user_is_erased_with_such_rows(relate, goes, entry):
    relate(GenericRelation(LogEntry))
    identity = goes.socialaccount_set.get().ttminis_identity

    with pytest.raises(erasure.ErasureRefused, match=r"rows of admin\.LogEntry"):
        erasure.erase(identity, delete_user=True, revoke=False)


def test_rows_that_would_outlive_the_user_do_not_keep_the_user(
    relate, goes, stays, entry
):
    relate(Listed(LogEntry))

    assert plan_merge(goes, stays).goes_ends is End.DELETED
    assert merge_users(goes, stays) == []
    assert LogEntry.objects.get() == entry


def test_rows_that_a_relation_lists_keep_the_user(relate, goes, stays, entry):
    relate(Listed(LogEntry)).going = [entry]

    assert merge_users(goes, stays) == ["admin.LogEntry"]


def test_sessions_that_a_relation_lists_end_with_the_user(relate, goes, stays):
    session = Session.objects.create(session_key="s", expire_date=timezone.now())
    relate(Listed(Session)).going = [session]
    LogEntry.objects.create(user=goes, action_flag=1)

    assert merge_users(goes, stays) == ["admin.LogEntry"]
    assert not Session.objects.exists()
