"""An operator links a TikTok account to another user, or to none."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY, get_user_model
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from tests import waiting
from tests.admin.conftest import operator as operator  # a fixture
from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic, connection
from tests.fixtures import BASIC, DRAMA, GAME
from tests.sessions import is_logged_in
from ttminis_auth.linking import merge, relink
from ttminis_auth.linking.relink import LinkRefused, link, unlink
from ttminis_auth.models import Grant, Identity, LinkingConflict
from ttminis_auth.tokens.revoke_later import revocations

pytestmark = pytest.mark.django_db

FLAGS = {name: st.booleans() for name in ("is_active", "is_staff", "is_superuser")}
User = get_user_model()
State = LinkingConflict.State


@pytest.fixture
def mia(person):
    """Mia, who has a password besides."""
    identity = person("mia", union_id="union-mia")
    identity.account.user.set_password("a long password")
    identity.account.user.save()
    return identity


@pytest.fixture
def otto(db):
    return User.objects.create_user("otto")


@pytest.fixture
def logged_in_mia(send_code, client):
    """Mia, logged in through the mini app, with a password besides."""
    send_code("mia")
    User.objects.update(password="md5$salt$hash")
    return Identity.objects.with_user().get()


def owner(identity):
    return Identity.objects.get(pk=identity.pk).account.user


def refusal(act, *args, **kwargs):
    """Return why it was refused, and be sure that it was."""
    with pytest.raises(LinkRefused) as caught:
        act(*args, **kwargs)
    return str(caught.value)


def use_only_tiktok(user):
    user.set_unusable_password()
    user.save()


def set_password(user):
    user.set_password("a long password")
    user.save()


def add_email(user):
    EmailAddress.objects.create(user=user, email="mia@example.com")


def connect_google(user):
    SocialAccount.objects.create(user=user, provider="tiktok", uid="1")


WAYS_IN = {"password": set_password, "e-mail": add_email, "account": connect_google}


# --- Moved


def test_account_is_the_other_user_s(mia, otto):
    link(mia, otto)

    assert owner(mia) == otto


def test_tokens_go_along(mia, otto):
    link(mia, otto)

    assert Grant.objects.get().identity == mia


def test_next_silent_login_enters_as_the_other_user(logged_in_mia, otto, send_code):
    link(logged_in_mia, otto)

    answer = send_code("mia", by=Client()).json()

    assert answer["data"]["user"]["id"] == otto.pk
    assert User.objects.count() == 2


def test_minis_session_of_the_former_user_ends(logged_in_mia, otto, client):
    link(logged_in_mia, otto)

    assert not is_logged_in(client)


def test_session_by_password_goes_on(logged_in_mia, otto):
    elsewhere = Client()
    elsewhere.force_login(owner(logged_in_mia), "allauth.account.auth_backends.X")

    link(logged_in_mia, otto)

    assert SESSION_KEY in elsewhere.session


def test_conflict_between_users_who_are_one_now_is_settled(mia, otto, person):
    other = person("mia-web", user=otto, app=GAME)
    LinkingConflict.objects.create(older=mia, younger=other)

    link(mia, otto)

    conflict = LinkingConflict.objects.get()
    assert conflict.state == State.MERGED
    assert conflict.resolved_at


def test_conflict_with_a_third_user_stays_open(mia, otto, person):
    LinkingConflict.objects.create(older=mia, younger=person("mia-web", app=GAME))

    link(mia, otto)

    assert LinkingConflict.objects.get().state == State.OPEN


@pytest.mark.parametrize("decision", [State.KEPT_APART, State.DISMISSED])
def test_earlier_decision_stays_on_record(mia, otto, person, decision):
    other = person("mia-web", user=otto, app=GAME)
    LinkingConflict.objects.create(older=mia, younger=other, state=decision)

    link(mia, otto)

    assert LinkingConflict.objects.get().state == decision


# --- Refused


def test_link_to_the_same_user_is_refused(mia):
    words = refusal(link, mia, mia.account.user)

    assert words == "It is linked to this user already."


def test_identity_that_is_gone_is_refused(mia, otto):
    SocialAccount.objects.all().delete()

    gone = "The identity is gone, or was changed meanwhile. Look again."
    assert refusal(link, mia, otto) == gone


def test_user_who_is_gone_is_refused(mia, otto):
    User.objects.filter(pk=otto.pk).delete()

    assert refusal(link, mia, otto) == "The user to link it to is gone."


def test_inactive_user_is_refused(mia, otto):
    User.objects.filter(pk=otto.pk).update(is_active=False)

    assert refusal(link, mia, otto) == (
        "otto is inactive, and this person could not log in: activate them first."
    )


def test_user_with_no_other_way_in_is_not_locked_out(mia, otto):
    use_only_tiktok(mia.account.user)

    no_way = f"{mia.account.user} would have no way left to log in."

    assert refusal(link, mia, otto) == f"{no_way} Merge the two users instead."
    assert (
        refusal(unlink, mia) == f"{no_way} Erase the person, or set a password first."
    )
    assert owner(mia) == mia.account.user


@pytest.mark.parametrize("way", WAYS_IN)
def test_any_other_way_in_is_enough(mia, otto, way):
    use_only_tiktok(mia.account.user)
    WAYS_IN[way](mia.account.user)

    link(mia, otto)

    assert owner(mia) == otto


def test_account_of_a_provider_that_is_gone_is_no_way_in(mia, otto):
    use_only_tiktok(mia.account.user)
    SocialAccount.objects.create(user=mia.account.user, provider="gone", uid="1")

    assert "no way left to log in" in refusal(link, mia, otto)


class KeepsTheLast(DefaultSocialAccountAdapter):
    def validate_disconnect(self, account, accounts):
        assert list(accounts) == [account]
        raise ValidationError("Ask the parents first.")


def test_project_s_own_policy_is_asked(mia, otto, settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.KeepsTheLast"

    assert refusal(link, mia, otto) == "Ask the parents first."
    assert refusal(unlink, mia) == "Ask the parents first."


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("side", ["former", "target"])
def test_support_cannot_touch_staff(mia, otto, person, flag, side):
    """Or they would link their own TikTok account to a superuser, and be one."""
    support = User.objects.create_user("support", is_staff=True)
    touched = mia.account.user if side == "former" else otto
    User.objects.filter(pk=touched.pk).update(**{flag: True})

    words = refusal(link, mia, otto, by=support)

    assert words == f"{touched} is staff: only a superuser can do this."
    assert owner(mia) == mia.account.user


def test_requirement_of_the_caller_gets_both_users(mia, otto):
    seen = []
    former = mia.account.user

    link(mia, otto, require=lambda *users: seen.append(users))

    assert seen == [(former, otto)]


def test_program_cannot_touch_staff(mia, otto):
    User.objects.update(is_staff=True)

    assert refusal(link, mia, otto) == " ".join(
        f"{user} is staff: only a superuser can do this."
        for user in (mia.account.user, otto)
    )


def test_superuser_can_touch_staff(mia, otto, operator):
    User.objects.update(is_staff=True)

    assert relink.reasons_against_unlink(mia, operator) == []
    link(mia, otto, by=operator)

    assert owner(mia) == otto


def test_superuser_who_was_deactivated_cannot(mia, otto, operator):
    operator.is_active = False
    User.objects.filter(pk=otto.pk).update(is_staff=True)

    assert "otto is staff" in refusal(link, mia, otto, by=operator)


@pytest.mark.parametrize("kind", [str, int])
def test_link_is_refused_after_the_identity_has_moved(mia, otto, kind):
    third = User.objects.create_user("third")
    seen = kind(mia.account.user_id)
    link(mia, third, expected_user_pk=seen)
    third.set_password("a long password")
    third.save()

    assert "linked to third" in refusal(link, mia, otto, expected_user_pk=seen)
    assert "linked to third" in refusal(unlink, mia, expected_user_pk=seen)


def test_reasons_against_a_link_are_returned_without_linking(mia, otto, operator):
    use_only_tiktok(mia.account.user)
    User.objects.filter(pk=otto.pk).update(is_active=False, is_staff=True)

    assert len(relink.reasons_against(mia, otto)) == 3
    assert len(relink.reasons_against(mia, otto, operator)) == 2
    assert owner(mia) == mia.account.user


def test_nothing_is_said_against_a_plain_link(mia, otto):
    assert relink.reasons_against(mia, otto) == []
    assert relink.reasons_against_unlink(mia) == []
    assert relink.warnings_about(mia, otto) == []


# --- Warned


def test_second_account_of_one_app_is_warned_of(mia, otto, person):
    person("noah", user=otto)
    person("noah-game", app=GAME, user=otto)

    assert relink.warnings_about(mia, otto) == [
        (
            "This user has a TikTok account of the same app already. Both would lead "
            "to them."
        )
    ]


def test_account_of_another_app_is_not_warned_of(mia, otto, person):
    person("noah-game", app=GAME, user=otto)

    assert relink.warnings_about(mia, otto) == []


def test_merge_that_would_undo_it_is_warned_of(mia, otto, person, settings):
    person("mia-game", app=GAME, user=mia.account.user, union_id="union-mia")
    assert relink.warnings_about(mia, otto) == []

    settings.TTMINIS_UNION_LINKING = "merge"

    assert relink.warnings_about(mia, otto) == [
        (
            "TikTok calls this one person with another identity of the present user, "
            "so the users may be merged at the next consent."
        )
    ]


def test_no_merge_is_feared_of_a_stranger(mia, otto, person, settings):
    settings.TTMINIS_UNION_LINKING = "merge"
    person("noah", app=GAME, user=mia.account.user, union_id="union-noah")
    unknown = person("mia2", app=GAME, user=mia.account.user)

    assert relink.warnings_about(mia, otto) == []
    assert relink.warnings_about(unknown, otto) == []


# --- Unlinked


def test_unlinked_account_is_gone_and_its_user_stays(mia):
    unlink(mia)

    assert not SocialAccount.objects.exists()
    assert not Grant.objects.exists()
    assert User.objects.filter(pk=mia.account.user_id).exists()


def test_unlinked_visitor_comes_back_as_a_new_user(logged_in_mia, send_code):
    unlink(logged_in_mia)

    assert send_code("mia", by=Client()).json()["data"]["ttminis"]["created"]


def test_minis_session_ends_with_one_of_two_identities(
    logged_in_mia, person, send_code, client
):
    other = person("mia-game", app=GAME, user=logged_in_mia.account.user)
    long_ago = logged_in_mia.sessions_valid_from - timedelta(days=9)
    Identity.objects.filter(pk=other.pk).update(sessions_valid_from=long_ago)
    send_code("mia")
    assert is_logged_in(client)

    unlink(logged_in_mia)

    assert not is_logged_in(client)


def test_minis_session_ends_with_the_link(logged_in_mia, client):
    unlink(logged_in_mia)

    assert not is_logged_in(client)


@pytest.mark.parametrize(
    ("setting", "asked", "revoked"),
    [
        ([], None, 0),
        (["disconnect"], None, 1),
        ([], True, 1),
        (["disconnect"], True, 1),
        (["disconnect"], False, 0),
    ],
)
def test_tokens_are_revoked_as_asked(
    logged_in_mia,
    tiktok,
    settings,
    django_capture_on_commit_callbacks,
    setting,
    asked,
    revoked,
):
    settings.TTMINIS_REVOKE_ON = setting

    with django_capture_on_commit_callbacks(execute=True):
        unlink(logged_in_mia, revoke=asked)
    revocations.wait()

    assert [r.endpoint for r in tiktok.requests].count("revoke") == revoked


def test_unlinking_leaves_a_way_to_log_in(mia):
    use_only_tiktok(mia.account.user)

    words = refusal(unlink, mia)

    assert "Erase the person, or set a password first." in words
    assert relink.reasons_against_unlink(mia) == [words]


def test_support_cannot_unlink_staff(mia, operator):
    User.objects.filter(pk=mia.account.user_id).update(is_staff=True)

    assert "is staff" in refusal(unlink, mia)
    unlink(mia, by=operator)


def test_unlinking_twice_is_refused(mia):
    unlink(mia)

    assert "gone" in refusal(unlink, mia)
    assert relink.reasons_against_unlink(mia) != []


def test_protected_rows_of_the_project_forbid_it(mia):
    def protect(instance, **kwargs):
        raise ProtectedError("orders", {mia.account.user})

    pre_delete.connect(protect, sender=SocialAccount)
    try:
        assert refusal(unlink, mia) == "Rows of auth.User protect it."
    finally:
        pre_delete.disconnect(protect, sender=SocialAccount)
    assert Identity.objects.exists()


class NobodyIsLockedOut(HypothesisTestCase):
    """For any users and any operator."""

    @given(
        ways=st.sets(st.sampled_from(["password", "e-mail", "account"])),
        former=st.fixed_dictionaries(FLAGS),
        target=st.fixed_dictionaries(FLAGS),
        by=st.none() | st.fixed_dictionaries(FLAGS),
    )
    def test_move_keeps_what_it_promises(self, ways, former, target, by):
        asker = by and User.objects.create_user("asker", **by)
        old = User.objects.create_user("old", **former)
        new = User.objects.create_user("new", **target)
        account = SocialAccount.objects.create(user=old, provider="ttminis", uid="m")
        identity = Identity.objects.create(
            account=account, client_key=DRAMA, open_id="m"
        )
        for way in ways:
            WAYS_IN[way](old)
        predicted = relink.reasons_against(identity, new, asker)
        reasons = []
        try:
            link(identity, new, by=asker)
        except LinkRefused as refused:
            reasons = refused.reasons

        assert reasons == predicted
        assert owner(identity) == (old if reasons else new)
        if reasons:
            return
        assert new.is_active
        assert ways
        is_root = bool(by and by["is_superuser"] and by["is_active"])
        assert is_root or not any(u.is_staff or u.is_superuser for u in (old, new))


# --- At once


races = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*acts):
    """Do it all at once; return what came of each, refusals included."""
    return waiting.at_once(*(partial(outcome, act) for act in acts))


def outcome(act):
    try:
        return act()
    except (LinkRefused, merge.MergeRefused) as refused:
        return refused


def both(race):
    for mark in races:
        race = mark(race)
    return race


@both
@pytest.mark.parametrize("scopes", [(), BASIC])
@pytest.mark.parametrize("attempt", range(5))
def test_login_and_move_at_once_end_in_one_of_the_users(
    logged_in_mia, otto, tiktok, code_url, attempt, scopes
):
    process = {"process": "authorize"} if scopes else {}
    User.objects.update(first_name="", last_name="")
    clients = [Client() for _ in range(4)]

    def post(client):
        code = tiktok.issue_code(DRAMA, "mia", **({"scopes": scopes} if scopes else {}))
        body = {"code": code, **process}
        return client.post(code_url, body, content_type="application/json")

    def log_in(client):
        answer = post(client)
        # TikTok was asked before the move ended the sessions: the page asks once more.
        return post(client) if answer.status_code == 409 else answer

    logins = [partial(log_in, client) for client in clients]
    *answers, _moved = at_once(*logins, partial(link, logged_in_mia, otto))

    assert {answer.status_code for answer in answers} == {200}
    assert owner(logged_in_mia) == otto
    assert User.objects.count() == 2
    assert Identity.objects.count() == SocialAccount.objects.count() == 1


@both
@pytest.mark.parametrize("attempt", range(5))
def test_sessions_begun_during_a_move_are_put_right_by_the_next_login(
    logged_in_mia, otto, send_code, attempt
):
    clients = [Client() for _ in range(4)]
    logins = [partial(send_code, "mia", by=client) for client in clients]
    at_once(*logins, partial(link, logged_in_mia, otto))

    for client in clients:
        send_code("mia", by=client)

    assert {client.session[SESSION_KEY] for client in clients} == {str(otto.pk)}


def test_session_that_a_move_overtook_leads_on_to_the_new_user(
    logged_in_mia, otto, send_code, client
):
    """It was saved when the move had ended the sessions already."""
    link(logged_in_mia, otto)
    assert not is_logged_in(client)

    send_code("mia")

    assert client.session[SESSION_KEY] == str(otto.pk)


@both
@pytest.mark.parametrize("attempt", range(10))
def test_two_moves_at_once_end_in_one_without_a_deadlock(mia, otto, attempt):
    anna = User.objects.create_user("anna", password="a long password")
    seen = mia.account.user_id

    outcomes = at_once(
        partial(link, mia, otto, expected_user_pk=seen),
        partial(link, mia, anna, expected_user_pk=seen),
    )

    assert sorted(type(o) for o in outcomes if o) == [LinkRefused]
    assert owner(mia) in (otto, anna)


@both
@pytest.mark.parametrize("attempt", range(10))
@pytest.mark.parametrize("goes", ["former", "target"])
def test_move_and_merge_at_once_leave_no_orphan(mia, otto, attempt, goes):
    users = {"former": mia.account.user, "target": otto}
    gone = users.pop(goes)
    (stays,) = users.values()

    at_once(
        partial(link, mia, otto),
        partial(merge.merge_users, gone, stays),
    )

    assert owner(mia) in (stays, otto)
    assert owner(mia).is_active


@both
@pytest.mark.parametrize("attempt", range(10))
def test_two_moves_that_cross_do_not_wait_for_each_other(mia, otto, person, attempt):
    noah = person("noah", user=otto)
    otto.set_password("a long password")
    otto.save()

    outcomes = at_once(partial(link, mia, otto), partial(link, noah, mia.account.user))

    assert outcomes == [None, None]


@both
def test_way_in_that_is_being_removed_counts_no_more(mia, otto):
    """The disconnect has locked its row before the move looked."""
    user = mia.account.user
    use_only_tiktok(user)
    other = SocialAccount.objects.create(user=user, provider="tiktok", uid="1")
    barrier = Barrier(2)

    def disconnect():
        with atomic():
            other.delete()
            barrier.wait()
            with suppress(TimeoutError):
                moving_.result(timeout=0.5)
        connection.close()

    def move_meanwhile():
        barrier.wait()
        try:
            return refusal(link, mia, otto)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        moving_ = pool.submit(move_meanwhile)
        pool.submit(disconnect).result()

    assert "no way left" in moving_.result()
    assert owner(mia) == user
