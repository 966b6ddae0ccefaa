"""An operator merges two users, and sees before what that would do."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from tests.admin.conftest import operator as operator  # a fixture
from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic, connection, on_commit, roll_back
from tests.waiting import until_somebody_waits
from ttminis_auth.linking.merge import MergeRefused, MergeVetoed, merge_users
from ttminis_auth.linking.merge_preview import End, Fate, plan_merge
from ttminis_auth.models import Identity, LinkingConflict
from ttminis_auth.signals import merging_users, users_merged

pytestmark = pytest.mark.django_db

User = get_user_model()
LOG = "admin.LogEntry"


def log(user, count=1, text="did something"):
    for number in range(count):
        LogEntry.objects.create(
            user=user, action_flag=1, object_repr=f"{text} {number}"
        )


def move_logs(older, younger, **kwargs):
    LogEntry.objects.filter(user=younger).update(user=older)


def drop_logs(younger, **kwargs):
    LogEntry.objects.filter(user=younger).delete()


def copy_logs(older, younger, **kwargs):
    theirs = LogEntry.objects.filter(user=younger)
    for entry in theirs:
        entry.pk, entry.user = None, older
        entry.save()
    LogEntry.objects.filter(user=younger).delete()


def related(found, label=LOG):
    (each,) = [each for each in found.related if each.label == label]
    return each


def counts(found, label=LOG):
    each = related(found, label)
    return each.moves, each.stays, each.gone


def everything():
    """Return all that is stored of users."""
    models = (User, SocialAccount, Identity, LogEntry, LinkingConflict, EmailAddress)
    return [list(model.objects.order_by("pk").values()) for model in models]


# --- What it tells


def test_tiktok_accounts_move(goes, stays):
    assert counts(plan_merge(goes, stays), "socialaccount.SocialAccount") == (1, 0, 0)


def test_user_without_rows_is_deleted(goes, stays):
    assert plan_merge(goes, stays).goes_ends is End.DELETED


def test_rows_that_no_receiver_moves_stay_and_keep_the_user(goes, stays):
    log(goes, 3)

    found = plan_merge(goes, stays)

    assert counts(found) == (0, 3, 0)
    assert found.goes_ends is End.KEPT


def test_rows_that_a_receiver_moves_move(goes, stays, hear):
    log(goes, 3)
    log(stays, 2)
    hear(merging_users, move_logs)

    assert counts(plan_merge(goes, stays)) == (3, 0, 0)


def test_rows_that_a_receiver_deletes_are_gone(goes, stays, hear):
    log(goes, 3)
    hear(merging_users, drop_logs)

    assert counts(plan_merge(goes, stays)) == (0, 0, 3)


def test_rows_of_the_user_who_stays_do_not_count_as_moved(goes, stays, hear):
    log(goes)
    log(stays, 3)
    hear(merging_users, drop_logs)

    assert counts(plan_merge(goes, stays)) == (0, 0, 1)


def test_rows_that_a_receiver_copies_count_as_moved(goes, stays, hear):
    log(goes, 3)
    hear(merging_users, copy_logs)

    assert counts(plan_merge(goes, stays)) == (3, 0, 0)


def test_rows_that_a_receiver_makes_up_are_not_counted(goes, stays, hear):
    log(goes)
    hear(merging_users, lambda older, **kwargs: log(older, 5))

    assert counts(plan_merge(goes, stays)) == (0, 1, 0)


def test_first_ten_rows_are_named_each_with_its_fate(goes, stays, hear):
    log(goes, 12, "row")
    some = LogEntry.objects.order_by("pk").values_list("pk", flat=True)

    def move_one_and_drop_one(older, **kwargs):
        LogEntry.objects.filter(pk=some[0]).update(user=older)
        LogEntry.objects.filter(pk=some[1]).delete()

    hear(merging_users, move_one_and_drop_one)
    rows = related(plan_merge(goes, stays)).rows

    assert [row.fate for row in rows] == [Fate.MOVES, Fate.GONE] + [Fate.STAYS] * 8
    assert "row 0" in rows[0].text


def test_groups_are_counted_by_their_rows(goes, stays):
    goes.groups.add(Group.objects.create(name="beta"))

    found = related(plan_merge(goes, stays), "auth.User_groups")

    assert (found.field, found.stays) == ("user", 1)


def test_relations_without_rows_are_left_out(goes, stays):
    log(stays)

    assert {each.label for each in plan_merge(goes, stays).related} == {
        "socialaccount.SocialAccount"
    }


def test_row_that_cannot_say_its_name_is_named_by_its_key(goes, stays):
    """As an entry of the history whose message is not what Django expects."""
    broken = '[{"added": {"object": "x"}}]'
    entry = LogEntry.objects.create(
        user=goes, action_flag=2, object_repr="x", change_message=broken
    )

    (row,) = related(plan_merge(goes, stays)).rows

    assert row.text == f"log entry {entry.pk}"


def test_cost_does_not_grow_with_the_rows(goes, stays):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            plan_merge(goes, stays)
        return len(captured)

    log(goes, 10)
    few = statements()
    log(goes, 100)

    assert statements() <= few


# --- What it leaves


def test_plan_changes_nothing(goes, stays, hear):
    log(goes, 3)
    hear(merging_users, move_logs)
    before = everything()

    plan_merge(goes, stays)

    assert everything() == before


def test_receivers_of_a_preview_get_dry_run(goes, stays, hear):
    calls = []
    hear(merging_users, lambda dry_run, **kwargs: calls.append(dry_run))

    plan_merge(goes, stays)
    merge_users(goes, stays)

    assert calls == [True, False]


def test_preview_sends_no_signal_of_a_merge(goes, stays, hear):
    calls = []
    hear(users_merged, lambda **kwargs: calls.append(kwargs))

    plan_merge(goes, stays)

    assert calls == []


@pytest.mark.parametrize("rows", [0, 1])
def test_preview_sends_no_signal_of_a_deletion(goes, stays, hear, rows):
    """A project's receiver may cancel what is paid for in a shop elsewhere."""
    heard = []
    for signal in (pre_delete, post_delete, pre_save, post_save):
        hear(signal, lambda sender, **kwargs: heard.append(sender))
    log(goes, rows)
    heard.clear()

    found = plan_merge(goes, stays)

    assert found.goes_ends is (End.KEPT if rows else End.DELETED)
    assert heard == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [False, True])
def test_on_commit_hooks_of_a_preview_never_run(goes, stays, hear, inside):
    ran = []

    def send_mail_later(**kwargs):
        on_commit(lambda: ran.append("mail"))

    hear(merging_users, send_mail_later)
    if inside:
        with atomic():
            plan_merge(goes, stays)
    else:
        plan_merge(goes, stays)

    assert ran == []


@pytest.mark.django_db(transaction=True)
def test_on_commit_hooks_of_a_merge_run(goes, stays, hear):
    ran = []
    later = ran.append
    hear(merging_users, lambda **kw: on_commit(lambda: later("mail")))

    plan_merge(goes, stays)
    merge_users(goes, stays)

    assert ran == ["mail"]


# --- What blocks


def test_veto_is_shown_in_its_own_words(goes, stays, hear):
    def veto(**kwargs):
        raise MergeVetoed("two open subscriptions")

    log(goes)
    hear(merging_users, veto)
    found = plan_merge(goes, stays)

    assert found.blocked == ("two open subscriptions",)
    assert found.goes_ends is None
    assert counts(found) == (0, 1, 0)
    assert [row.fate for row in related(found).rows] == [Fate.STAYS]


@pytest.mark.parametrize("error", [RuntimeError, IntegrityError])
def test_failing_receiver_is_shown_by_its_class_alone(goes, stays, hear, error, caplog):
    def fail(**kwargs):
        raise error("act.secret")

    hear(merging_users, fail)

    assert plan_merge(goes, stays).blocked == (error.__name__,)
    assert f"The preview of a merge failed: {error.__name__}" in caplog.text


def test_accident_of_the_database_harms_nothing(goes, stays, hear):
    def insert_twice(older, **kwargs):
        for _ in range(2):
            Group.objects.create(name="the same")

    hear(merging_users, insert_twice)
    before = everything()

    assert plan_merge(goes, stays).blocked == ("IntegrityError",)
    assert everything() == before


def test_swallowed_accident_of_the_database_is_noticed(goes, stays, hear):
    def insert_twice(older, **kwargs):
        try:
            with atomic(savepoint=False):
                Group.objects.bulk_create([Group(name="x"), Group(name="x")])
        except IntegrityError:
            pass

    hear(merging_users, insert_twice)

    assert plan_merge(goes, stays).blocked == ("TransactionManagementError",)


def test_preview_of_a_forbidden_merge_calls_no_receiver(goes, stays, hear):
    calls = []
    hear(merging_users, lambda **kwargs: calls.append(kwargs))
    User.objects.filter(pk=stays.pk).update(is_active=False, is_staff=True)

    found = plan_merge(goes, stays)

    assert len(found.blocked) == 2
    assert found.goes_ends is None
    assert [each.stays for each in found.related] == [1]
    assert calls == []


# --- By hand


def refusal(*args, **kwargs):
    """Return why it was refused, and be sure that it was, and was predicted."""
    with pytest.raises(MergeRefused) as caught:
        merge_users(*args, **kwargs)
    assert plan_merge(*args, **kwargs).blocked == tuple(caught.value.reasons)
    return str(caught.value)


@pytest.mark.parametrize("younger_goes", [False, True])
def test_either_user_can_be_the_one_who_stays(goes, stays, younger_goes):
    users = (stays, goes) if younger_goes else (goes, stays)

    assert merge_users(*users) == []

    assert User.objects.get() == users[1]
    assert users[1].socialaccount_set.count() == 2


def test_life_of_its_own_is_no_obstacle_for_a_human(goes, stays):
    goes.set_password("a long password")
    goes.save()
    EmailAddress.objects.create(user=goes, email="mia@example.com")

    assert merge_users(goes, stays) == ["account.EmailAddress"]
    assert not User.objects.get(pk=goes.pk).is_active


def test_project_hears_of_a_merge_by_hand(
    goes, stays, hear, django_capture_on_commit_callbacks
):
    heard = []
    parts = ("sender", "older", "younger_pk")
    hear(users_merged, lambda **kw: heard.append([kw[part] for part in parts]))
    gone = goes.pk

    with django_capture_on_commit_callbacks(execute=True):
        merge_users(goes, stays)
        assert heard == []

    assert heard == [[User, stays, gone]]


def test_project_hears_which_rows_keep_the_user_who_went(
    goes, stays, hear, django_capture_on_commit_callbacks
):
    heard = []
    hear(users_merged, lambda **kw: heard.append(kw["kept_alive"]))
    log(goes)

    with django_capture_on_commit_callbacks(execute=True):
        merge_users(goes, stays)

    assert heard == [[LOG]]


def test_project_hears_of_no_merge_that_the_caller_rolls_back(goes, stays, hear):
    heard = []
    hear(users_merged, lambda **kw: heard.append(kw))

    with atomic():
        merge_users(goes, stays)
        roll_back()

    assert heard == []
    assert User.objects.filter(pk=goes.pk).exists()


def test_open_conflicts_of_the_two_are_settled_and_say_what_is_left(goes, stays):
    older, younger = Identity.objects.order_by("pk")
    LinkingConflict.objects.create(older=older, younger=younger, reason="staff")
    log(goes)
    EmailAddress.objects.create(user=goes, email="mia@example.com")

    merge_users(goes, stays)

    conflict = LinkingConflict.objects.get()
    assert conflict.state == LinkingConflict.State.MERGED
    left = f"account.EmailAddress, {LOG}"
    assert conflict.detail == f"The user who went is kept, inactive: {left}"


def test_veto_holds_for_operators_too(goes, stays, hear):
    def veto(**kwargs):
        raise MergeVetoed("two open subscriptions")

    hear(merging_users, veto)
    with pytest.raises(MergeVetoed):
        merge_users(goes, stays)

    assert User.objects.count() == 2


def test_one_user_is_not_merged_with_themselves(goes):
    assert refusal(goes, goes) == "They are one user already."


@pytest.mark.parametrize("who", [0, 1])
def test_user_who_is_gone_is_not_merged(goes, stays, who):
    User.objects.filter(pk=(goes, stays)[who].pk).delete()

    assert refusal(goes, stays) == "One of the users is gone."


def test_no_user_is_merged_into_an_inactive_one(goes, stays):
    User.objects.filter(pk=stays.pk).update(is_active=False)

    assert refusal(goes, stays) == (
        f"{stays} is inactive and could not log in: activate them first."
    )


def test_inactive_user_may_go(goes, stays):
    User.objects.filter(pk=goes.pk).update(is_active=False)

    assert merge_users(goes, stays) == []


def test_operators_do_not_merge_themselves_away(stays, operator):
    reason = "This is yourself: have another superuser do it."

    assert refusal(operator, stays, by=operator) == reason


def test_operators_may_merge_a_user_into_themselves(goes, operator):
    assert merge_users(goes, operator, by=operator) == []

    assert operator.socialaccount_set.count() == 1


def test_change_of_the_kept_user_by_a_receiver_stays(goes, stays, hear):
    log(goes)
    hear(merging_users, lambda **kwargs: User.objects.update(first_name="Otto"))

    merge_users(goes, stays)

    kept = User.objects.get(pk=goes.pk)
    assert (kept.first_name, kept.is_active) == ("Otto", False)


@pytest.mark.parametrize("who", [0, 1])
def test_support_does_not_merge_staff(goes, stays, operator, who):
    """Or they would merge a superuser into a user of their own."""
    support = User.objects.create_user("support", is_staff=True)
    User.objects.filter(pk=(goes, stays)[who].pk).update(is_superuser=True)

    staff = (goes, stays)[who]
    assert refusal(goes, stays, by=support) == (
        f"{staff} is staff: only a superuser can do this."
    )
    assert plan_merge(goes, stays, by=operator).blocked == ()


class PlansKeepTheirWord(HypothesisTestCase):
    """Whatever receivers do, the plan counts what the merge then does."""

    @given(
        theirs=st.integers(0, 15),
        others=st.integers(0, 3),
        moved=st.integers(0, 15),
        dropped=st.integers(0, 15),
    )
    def test_plan_is_what_happens(self, theirs, others, moved, dropped):
        goes, stays = (User.objects.create_user(name) for name in ("goes", "stays"))
        log(goes, theirs)
        log(stays, others)

        def move_and_drop(older, younger, **kwargs):
            rows = LogEntry.objects.filter(user=younger).order_by("pk")
            for entry in rows[:moved]:
                LogEntry.objects.filter(pk=entry.pk).update(user=older)
            for entry in rows[:dropped]:
                entry.delete()

        merging_users.connect(move_and_drop)
        try:
            found = plan_merge(goes, stays)
            kept = bool(merge_users(goes, stays))
        finally:
            merging_users.disconnect(move_and_drop)

        now_theirs = LogEntry.objects.filter(user=stays).count() - others
        left = LogEntry.objects.count() - others - now_theirs
        calls = counts(found) if theirs else (0, 0, 0)
        assert calls == (now_theirs, left, theirs - now_theirs - left)
        assert (found.goes_ends is End.KEPT) == kept


# --- At once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [plan_merge, merge_users])
def test_merge_and_a_login_that_fills_in_the_name_do_not_deadlock(goes, stays, act):
    """The login has its account's row, and comes to the user's next."""
    holds = Event()

    def log_in():
        with atomic():
            accounts = SocialAccount.objects.filter(user=goes.pk)
            accounts.update(provider="ttminis")
            holds.set()
            until_somebody_waits()
            User.objects.filter(pk=goes.pk).update(first_name="Mia")
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        login = pool.submit(log_in)
        holds.wait()
        act(goes, stays)
        login.result()

    assert SocialAccount.objects.filter(user=stays.pk).count() in (1, 2)
