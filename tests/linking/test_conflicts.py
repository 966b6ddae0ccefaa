"""An operator settles what linking has reported, once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model

from tests.admin.conftest import operator as operator  # a fixture
from tests.admin.conftest import person as person  # a fixture
from tests.databases import connection
from tests.fixtures import GAME
from ttminis_auth.linking import detect, relink
from ttminis_auth.linking.conflicts import (
    AlreadySettled,
    dismiss,
    keep_apart,
    settle_by_merge,
)
from ttminis_auth.linking.merge import MergeRefused, MergeVetoed, merge_users
from ttminis_auth.linking.staff_rules import OperatorRefused
from ttminis_auth.models import Identity, LinkingConflict
from ttminis_auth.removal import erasure
from ttminis_auth.signals import linking_conflict_found, merging_users

pytestmark = pytest.mark.django_db

User = get_user_model()
State = LinkingConflict.State
SETTLE = [settle_by_merge, keep_apart, dismiss]


@pytest.fixture
def pair(person):
    """Two users with the same union_id."""
    return [person(f"mia{n}", app=f"app{n}", union_id="mia") for n in (1, 2)]


@pytest.fixture
def conflict(pair):
    older, younger = pair
    return LinkingConflict.objects.create(
        older=older, younger=younger, union_id="mia", reason="policy"
    )


@pytest.fixture
def reported():
    """The conflicts that linking has signalled."""
    heard = []

    def note(conflict, **kwargs):
        heard.append(conflict)

    linking_conflict_found.connect(note)
    yield heard
    linking_conflict_found.disconnect(note)


def state():
    conflict = LinkingConflict.objects.get()
    return conflict.state, conflict.resolved_at is not None


def user_of(identity):
    return Identity.objects.with_user().get(pk=identity.pk).account.user


# --- Settled


@pytest.mark.parametrize("keep", ["older", "younger"])
def test_merge_keeps_the_user_that_the_operator_chose(conflict, pair, keep):
    kept = pair[keep == "younger"].account.user

    assert settle_by_merge(conflict, keep=keep) == []

    assert User.objects.get() == kept
    assert {user_of(identity) for identity in pair} == {kept}
    assert state() == (State.MERGED, True)
    assert LinkingConflict.objects.get().detail == ""


def test_models_left_behind_are_returned_and_stored(conflict, pair):
    LogEntry.objects.create(user=pair[1].account.user, action_flag=1, object_repr="x")

    assert settle_by_merge(conflict) == ["admin.LogEntry"]

    assert "admin.LogEntry" in LinkingConflict.objects.get().detail


def test_users_who_are_one_already_are_merely_settled(conflict, pair):
    SocialAccount.objects.update(user=pair[0].account.user)

    assert settle_by_merge(conflict) == []

    assert User.objects.count() == 2
    assert state() == (State.MERGED, True)


def test_kept_apart_is_remembered(conflict):
    keep_apart(conflict)

    assert state() == (State.KEPT_APART, True)


def test_dismissed_is_remembered(conflict):
    dismiss(conflict)

    assert state() == (State.DISMISSED, True)


def test_why_it_was_reported_stays_on_record(conflict):
    settle_by_merge(conflict)

    assert LinkingConflict.objects.get().reason == "policy"


# --- Refused


@pytest.mark.parametrize("again", SETTLE)
@pytest.mark.parametrize("first", SETTLE)
def test_conflict_is_settled_once(conflict, first, again):
    first(conflict)
    before = state()

    with pytest.raises(AlreadySettled) as caught:
        again(conflict)

    assert caught.value.state == before[0]
    assert state() == before


@pytest.mark.parametrize("settle", SETTLE)
def test_conflict_that_went_with_its_identity_is_settled(conflict, pair, settle):
    pair[0].delete()

    with pytest.raises(AlreadySettled) as caught:
        settle(conflict)

    assert caught.value.state is None


def test_support_does_not_merge_staff(conflict, pair, operator):
    User.objects.filter(pk=pair[0].account.user_id).update(is_staff=True)

    with pytest.raises(MergeRefused):
        settle_by_merge(conflict)
    assert state() == (State.OPEN, False)

    settle_by_merge(conflict, by=operator)
    assert state() == (State.MERGED, True)


@pytest.mark.parametrize("kind", [str, int])
def test_users_that_the_operator_did_not_see_are_not_merged(conflict, pair, kind):
    seen = [kind(identity.account.user_id) for identity in pair]
    third = User.objects.create_user("third")
    SocialAccount.objects.filter(pk=pair[1].account_id).update(user=third)

    changed = r"^One of the users was changed meanwhile\. Look again\.$"
    with pytest.raises(MergeRefused, match=changed):
        settle_by_merge(conflict, expected_user_pks=seen)
    assert state() == (State.OPEN, False)

    seen[1] = kind(third.pk)
    settle_by_merge(conflict, expected_user_pks=seen)
    assert state() == (State.MERGED, True)


def test_requirement_of_the_caller_gets_both_users(conflict, pair):
    seen = []
    older, younger = (identity.account.user for identity in pair)

    settle_by_merge(conflict, require=lambda *users: seen.append(users))

    assert seen == [(younger, older)]


def test_veto_leaves_it_open(conflict):
    def veto(**kwargs):
        raise MergeVetoed("two open subscriptions")

    merging_users.connect(veto)
    try:
        with pytest.raises(MergeVetoed):
            settle_by_merge(conflict)
    finally:
        merging_users.disconnect(veto)

    assert state() == (State.OPEN, False)


# --- Seen again


@pytest.mark.parametrize("policy", ["report", "merge"])
def test_pair_that_was_kept_apart_is_left_alone(
    conflict, pair, settings, policy, reported
):
    keep_apart(conflict)
    settings.TTMINIS_UNION_LINKING = policy

    assert detect.consider(pair[1]) is None

    assert User.objects.count() == 2
    assert state() == (State.KEPT_APART, True)
    assert reported == []


def test_pair_stays_apart_when_the_identity_it_was_said_of_goes(
    conflict, pair, settings, person
):
    user = pair[0].account.user
    another = person("mia3", app="app3", union_id="mia", user=user)
    keep_apart(conflict)
    erasure.erase(pair[0], revoke=False)
    settings.TTMINIS_UNION_LINKING = "merge"

    assert detect.consider(another) is None

    assert User.objects.count() == 2


def test_pair_stays_apart_in_the_order_in_which_it_was_found(conflict, pair, person):
    person("mia3", app="app3", union_id="mia", user=pair[0].account.user)
    LinkingConflict.objects.update(detail="why")

    keep_apart(LinkingConflict.objects.get())

    noted = LinkingConflict.objects.exclude(pk=conflict.pk).get()
    assert (noted.younger, noted.found_at) == (pair[1], conflict.found_at)
    assert (noted.state, noted.reason) == (State.KEPT_APART, "policy")
    assert (noted.union_id, noted.detail) == ("mia", "why")
    assert noted.resolved_at is not None


def test_nothing_more_is_noted_of_who_is_one_user_by_now(conflict, pair):
    merge_users(pair[1].account.user, pair[0].account.user)
    LinkingConflict.objects.update(state=State.OPEN)

    keep_apart(conflict)

    assert LinkingConflict.objects.get().state == State.KEPT_APART


def test_pair_that_was_kept_apart_stays_so_when_the_older_is_another(
    conflict, pair, settings, person
):
    """Both orders: an operator merged the older of the two into a younger user."""
    keep_apart(conflict)
    third = User.objects.create_user("third")
    merge_users(pair[0].account.user, third)
    settings.TTMINIS_UNION_LINKING = "merge"

    assert detect.consider(pair[1]) is None

    assert User.objects.count() == 2
    assert state() == (State.KEPT_APART, True)


@pytest.mark.parametrize("with_", [0, 1])
@pytest.mark.parametrize("third_is_older", [True, False])
def test_decision_about_a_third_user_keeps_no_others_apart(
    conflict, pair, settings, person, third_is_older, with_
):
    third = person("noah", app="app3")
    conflict.delete()
    older, younger = (third, pair[with_]) if third_is_older else (pair[with_], third)
    LinkingConflict.objects.create(
        older=older, younger=younger, union_id="x", state=State.KEPT_APART
    )
    settings.TTMINIS_UNION_LINKING = "merge"

    assert detect.consider(pair[1]) == pair[0].account.user


def test_pair_that_was_dismissed_is_not_reported_again(
    conflict, pair, settings, reported
):
    dismiss(conflict)
    settings.TTMINIS_UNION_LINKING = "report"

    detect.consider(pair[1])

    assert state() == (State.DISMISSED, True)
    assert reported == []


def test_pair_that_was_dismissed_is_merged_where_that_is_the_policy(
    conflict, pair, settings
):
    dismiss(conflict)
    settings.TTMINIS_UNION_LINKING = "merge"

    assert detect.consider(pair[1]) == pair[0].account.user
    assert state() == (State.MERGED, True)


# --- At once


@pytest.fixture
def at_once():
    def run(*acts):
        barrier = Barrier(len(acts))

        def do(act):
            try:
                barrier.wait()
                return act()
            except (AlreadySettled, OperatorRefused) as refused:
                return refused
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(do, acts))

    return run


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(10))
def test_one_of_many_operators_settles_a_conflict(conflict, at_once, attempt):
    acts = [partial(settle, conflict) for settle in SETTLE * 2]

    outcomes = at_once(*acts, partial(settle_by_merge, conflict, keep="younger"))

    done = [each for each in outcomes if not isinstance(each, Exception)]
    assert len(done) == 1
    assert {type(each) for each in outcomes if each} == {AlreadySettled}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(10))
def test_identity_that_is_linked_meanwhile_moves_no_other_user(
    conflict, pair, at_once, person, attempt
):
    """What the operator decided on were these two users."""
    User.objects.update(password="md5$salt$hash")
    third = person("noah", app=GAME).account.user
    seen = [identity.account.user_id for identity in pair]

    merged, moved = at_once(
        partial(settle_by_merge, conflict, expected_user_pks=seen),
        partial(relink.link, pair[1], third),
    )

    assert User.objects.filter(pk=third.pk, is_active=True).exists()
    assert user_of(pair[1]) == (third if moved is None else pair[0].account.user)
    assert isinstance(merged, MergeRefused) == (state()[0] == State.OPEN)
