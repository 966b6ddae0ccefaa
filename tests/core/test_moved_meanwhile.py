"""A removal or deletion waits for a merge that moves accounts between users."""

from contextlib import suppress
from threading import Event

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic
from tests.fixtures import DRAMA, GAME
from tests.waiting import at_once, until_somebody_waits
from ttminis_auth.core import locks
from ttminis_auth.linking import relink
from ttminis_auth.models import Identity
from ttminis_auth.removal import erase, remove

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_an_account_that_a_merge_moves_is_locked_in_the_order_of_keys(person):
    stays = person("mia", app=DRAMA).account.user
    identity = person("mia-game", app=GAME)
    moved = Event()

    def merge():
        with atomic():
            locks.hold(stays.pk, identity.account.user_id)
            SocialAccount.objects.update(user=stays)
            moved.set()
            until_somebody_waits(2)

    def remove_it():
        moved.wait()
        return remove(identity, reason=1, at=timezone.now())

    def lock_all():
        moved.wait()
        with atomic():
            return len(locks.hold_accounts_of([stays.pk]))

    assert at_once(merge, remove_it, lock_all) == [None, True, 2]
    assert Identity.objects.get(pk=identity.pk).state == Identity.State.REMOVED


def test_an_account_that_a_merge_moved_away_is_not_locked(person):
    stays = person("mia", app=DRAMA).account.user
    taken = person("mia-game", app=GAME).account
    moved, locked, looked = Event(), Event(), Event()

    def merge():
        with atomic():
            locks.hold(stays.pk, taken.user_id)
            SocialAccount.objects.update(user=stays)
            moved.set()
            until_somebody_waits()

    def lock_accounts_of_the_former_user():
        moved.wait()
        with atomic():
            found = len(locks.hold_accounts_of([taken.user_id]))
            locked.set()
            looked.wait()
            return found

    def lock_the_account():
        locked.wait()
        try:
            with atomic():
                now_or_never = SocialAccount.objects.select_for_update(nowait=True)
                return now_or_never.get(pk=taken.pk)
        finally:
            looked.set()

    assert at_once(merge, lock_accounts_of_the_former_user, lock_the_account) == [
        None,
        0,
        taken,
    ]


def removed(identity):
    remove(identity, reason=1, at=timezone.now())


def unlinked(identity):
    with suppress(relink.LinkRefused):
        relink.unlink(identity)


def deleted(identity):
    identity.account.delete()


@pytest.mark.parametrize("ended", [removed, unlinked, erase, deleted])
def test_an_account_that_a_merge_brings_is_locked_before_higher_keys(person, ended):
    # Once the merge is done, the end may be the first to lock the older account. Then
    # nothing was waited for, and the next try has to show it.
    found = 0
    for attempt in range(9):
        found = found or lock_while_it_ends(person, ended, attempt)

    assert found == 1


def lock_while_it_ends(person, ended, attempt):
    older = person(f"mia-{attempt}", app=DRAMA).account
    younger = person(f"mia-game-{attempt}", app=GAME)
    begun, has_ended = Event(), Event()

    def merge():
        with atomic():
            locks.hold(older.user_id, younger.account.user_id)
            begun.set()
            until_somebody_waits(2)
            theirs = SocialAccount.objects.filter(pk__in=[older.pk, younger.account_id])
            theirs.update(user=younger.account.user_id)

    def end_the_younger():
        begun.wait()
        ended(younger)
        has_ended.set()

    def lock_both():
        begun.wait()
        rows = SocialAccount.objects.select_for_update()
        with atomic():
            rows.get(pk=older.pk)
            until_somebody_waits(unless=has_ended)
            return not has_ended.is_set() and len(rows.filter(pk=younger.account_id))

    *others, count = at_once(merge, end_the_younger, lock_both)
    assert others == [None, None]
    return int(count)
