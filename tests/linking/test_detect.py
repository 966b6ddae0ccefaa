"""One person in several apps: reported, merged or left alone, as the policy says."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY, get_user_model
from django.test import Client

from tests.fixtures import DRAMA, GAME
from ttminis_auth.linking import detect
from ttminis_auth.linking.detect import consider
from ttminis_auth.linking.merge import MergeVetoed, UserGone, merge
from ttminis_auth.models import Identity, LinkingConflict
from ttminis_auth.signals import (
    linking_conflict_found,
    merging_users,
    users_merged,
)

pytestmark = pytest.mark.django_db

User = get_user_model()
Reason, State = LinkingConflict.Reason, LinkingConflict.State


@pytest.fixture(autouse=True)
def _two_apps(settings):
    drama = {"client_id": DRAMA, "secret": "simulated-drama-secret"}
    game = {
        "client_id": GAME,
        "secret": "simulated-game-secret",
        "provider_id": "game",
        "settings": {},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}
    settings.TTMINIS_UNION_LINKING = "merge"


@pytest.fixture
def mia_in_the_drama(authorize):
    """The older user of Mia's, who shared her profile in the drama."""
    authorize("mia", by=Client())
    return User.objects.get()


def users_of(handle, tiktok):
    union_id = tiktok.union_id(handle, DRAMA)
    return set(Identity.objects.filter(union_id=union_id).values_list("account__user"))


# Merging.


def test_a_second_app_s_user_is_merged_into_the_older(
    mia_in_the_drama, authorize, tiktok
):
    authorize("mia", app=GAME)

    assert users_of("mia", tiktok) == {(mia_in_the_drama.pk,)}
    assert User.objects.count() == 1


def test_the_answer_names_the_user_who_stayed(mia_in_the_drama, authorize):
    response = authorize("mia", app=GAME)

    assert response.json()["data"]["user"]["id"] == mia_in_the_drama.pk


def test_hooks_of_the_login_after_a_merge_are_given_the_request(
    mia_in_the_drama, authorize, settings
):
    settings.SOCIALACCOUNT_ADAPTER = "tests.login.test_enter.PageAdapter"

    response = authorize("mia", app=GAME)

    assert response.json()["data"]["user"]["id"] == mia_in_the_drama.pk


def test_the_session_goes_on_as_the_user_who_stayed(
    mia_in_the_drama, authorize, client
):
    authorize("mia", app=GAME)

    assert client.session[SESSION_KEY] == str(mia_in_the_drama.pk)


def test_session_data_of_the_project_is_kept_in_a_merge(
    mia_in_the_drama, authorize, send_code, client
):
    session = client.session
    session["cart"] = [1]
    session.save()

    authorize("mia", app=GAME)

    assert client.session["cart"] == [1]


def test_afterwards_a_silent_login_is_the_user_who_stayed(
    mia_in_the_drama, authorize, client, code_url, tiktok
):
    authorize("mia", app=GAME, by=Client())

    body = {"code": tiktok.issue_code(GAME, "mia"), "client_key": GAME}
    response = client.post(code_url, body, content_type="application/json")

    assert response.json()["data"]["user"]["id"] == mia_in_the_drama.pk


def test_users_are_joined_when_the_union_id_comes_late(authorize, tiktok):
    """Both were silent first; the union_id of the second came with a consent."""
    authorize("mia", app=GAME, scopes=("user.info.open_id",), by=Client())
    authorize("mia", by=Client())

    authorize("mia", app=GAME)

    assert User.objects.count() == 1


def test_the_merge_is_kept_on_record(mia_in_the_drama, authorize):
    authorize("mia", app=GAME)

    conflict = LinkingConflict.objects.get()
    assert (conflict.state, conflict.reason) == (State.MERGED, "")
    assert conflict.resolved_at is not None


def test_different_people_are_never_joined(mia_in_the_drama, authorize):
    authorize("noah", app=GAME)

    assert User.objects.count() == 2
    assert not LinkingConflict.objects.exists()


def test_one_user_with_both_identities_is_no_conflict(mia_in_the_drama, authorize):
    authorize("mia", app=GAME)
    authorize("mia", app=GAME)
    authorize("mia", by=Client())

    assert LinkingConflict.objects.count() == 1


# What a project can say to it.


def test_a_project_moves_its_rows_first(mia_in_the_drama, authorize, hear):
    moved = []
    hear(merging_users, lambda sender, **kwargs: moved.append((sender, kwargs)))

    authorize("mia", app=GAME)

    ((sender, kwargs),) = moved
    younger, older = kwargs["younger"], kwargs["older"]
    assert (sender, older) == (User, mia_in_the_drama)
    assert younger != older


def test_a_project_can_veto_with_a_reason(mia_in_the_drama, authorize, hear):
    def veto(**kwargs):
        raise MergeVetoed("two open subscriptions")

    hear(merging_users, veto)
    younger = authorize("mia", app=GAME).json()["data"]["user"]["id"]

    assert younger != mia_in_the_drama.pk
    assert consider(Identity.objects.get(client_key=GAME)) is None
    conflict = LinkingConflict.objects.get()
    assert User.objects.count() == 2
    assert (conflict.reason, conflict.detail) == (
        Reason.VETOED,
        "two open subscriptions",
    )


def test_an_accident_of_the_project_s_undoes_the_merge(
    mia_in_the_drama, authorize, hear
):
    def move_and_fail(younger, **kwargs):
        User.objects.filter(pk=younger.pk).update(first_name="moved")
        raise RuntimeError

    hear(merging_users, move_and_fail)
    with pytest.raises(RuntimeError):
        authorize("mia", app=GAME)

    assert User.objects.count() == 2
    assert not User.objects.filter(first_name="moved").exists()


def test_rows_left_behind_keep_the_younger_user_but_inactive(
    mia_in_the_drama, authorize, hear
):
    def leave_a_row(younger, **kwargs):
        LogEntry.objects.create(user=younger, action_flag=1, object_repr="x")
        EmailAddress.objects.create(user=younger, email="mia@example.com")

    hear(merging_users, leave_a_row)
    authorize("mia", app=GAME)

    younger = User.objects.exclude(pk=mia_in_the_drama.pk).get()
    assert not younger.is_active
    left = "account.EmailAddress, admin.LogEntry"
    detail = f"The younger user is kept, inactive: {left}"
    assert LinkingConflict.objects.get().detail == detail


def test_a_project_hears_of_the_merge(
    mia_in_the_drama, authorize, hear, django_capture_on_commit_callbacks
):
    heard = []
    hear(users_merged, lambda **kw: heard.append((kw["older"], kw["kept_alive"])))

    with django_capture_on_commit_callbacks(execute=True):
        authorize("mia", app=GAME)

    assert heard == [(mia_in_the_drama, [])]


# What is not merged by itself.


def reasons():
    return list(LinkingConflict.objects.values_list("reason", "state"))


def test_a_report_is_the_default(mia_in_the_drama, authorize, settings):
    del settings.TTMINIS_UNION_LINKING

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.POLICY, State.OPEN)]
    assert User.objects.count() == 2


def test_a_project_hears_of_a_conflict_once(
    mia_in_the_drama, authorize, settings, hear
):
    settings.TTMINIS_UNION_LINKING = "report"
    heard = []
    hear(linking_conflict_found, lambda sender, **kw: heard.append((sender, kw)))

    authorize("mia", app=GAME)
    authorize("mia", app=GAME)

    ((sender, facts),) = heard
    assert sender is LinkingConflict
    assert facts["conflict"] == LinkingConflict.objects.get()


def test_off_is_off(mia_in_the_drama, authorize, settings):
    settings.TTMINIS_UNION_LINKING = "off"

    authorize("mia", app=GAME)

    assert User.objects.count() == 2
    assert not LinkingConflict.objects.exists()


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_younger_user_who_is_staff_is_never_merged(
    mia_in_the_drama, authorize, settings, flag
):
    settings.TTMINIS_UNION_LINKING = "off"
    younger = authorize("mia", app=GAME).json()["data"]["user"]["id"]
    User.objects.filter(pk=younger).update(**{flag: True})
    settings.TTMINIS_UNION_LINKING = "merge"

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.STAFF, State.OPEN)]


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_staff_user_is_never_merged(mia_in_the_drama, authorize, flag):
    User.objects.update(**{flag: True})

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.STAFF, State.OPEN)]


def test_an_inactive_user_is_not_merged(mia_in_the_drama, authorize):
    User.objects.update(is_active=False)

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.INACTIVE, State.OPEN)]


def test_a_user_with_a_strangers_account_is_not_merged(
    mia_in_the_drama, send_code, authorize, client, code_url, tiktok
):
    """Noah got hold of Mia's phone and connected her game account to his user."""
    send_code("noah", client_key=DRAMA)
    code = tiktok.issue_code(GAME, "mia")
    body = {"code": code, "process": "connect", "client_key": GAME}
    client.post(code_url, body, content_type="application/json")

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.MIXED, State.OPEN)]
    assert mia_in_the_drama.socialaccount_set.count() == 1


def test_three_users_of_one_person_are_all_reported(authorize, settings, tiktok):
    settings.TTMINIS_UNION_LINKING = "off"
    authorize("mia", by=Client())
    authorize("mia", app=GAME, by=Client())
    third = SocialAccount.objects.create(
        user=User.objects.create_user("web"), provider="tiktok", uid="w-1"
    )
    Identity.objects.create(
        account=third,
        client_key="aw1",
        open_id="w-1",
        union_id=tiktok.union_id("mia", DRAMA),
    )
    settings.TTMINIS_UNION_LINKING = "merge"

    authorize("mia", by=Client())

    assert reasons() == [(Reason.SEVERAL, State.OPEN)] * 2
    assert User.objects.count() == 3


def test_users_beside_a_pair_that_is_kept_apart_are_reported(
    mia_in_the_drama, authorize, settings, tiktok
):
    settings.TTMINIS_UNION_LINKING = "report"
    authorize("mia", app=GAME, by=Client())
    LinkingConflict.objects.update(state=State.KEPT_APART)
    third = SocialAccount.objects.create(
        user=User.objects.create_user("web"), provider="tiktok", uid="w-1"
    )
    union_id = tiktok.union_id("mia", DRAMA)
    Identity.objects.create(
        account=third, client_key="aw1", open_id="w-1", union_id=union_id
    )

    consider(Identity.objects.get(client_key=GAME))

    assert reasons() == [
        (Reason.POLICY, State.KEPT_APART),
        (Reason.SEVERAL, State.OPEN),
    ]


def test_users_of_two_sandboxes_are_merged(mia_in_the_drama, authorize, settings):
    for app in settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"]:
        app["settings"] = {"sandbox": True}

    authorize("mia", app=GAME)

    assert User.objects.get() == mia_in_the_drama


def test_merge_renews_no_session_of_a_third_user(mia_in_the_drama, rf, client):
    request = rf.get("/")
    request.user = User.objects.create_user("otto", password="secret")
    request.session = client.session
    password = request.user.password

    detect.keep_logged_in(request, mia_in_the_drama)

    assert request.user.password == password
    assert not request.session.keys()


def test_a_sandbox_and_the_real_app_stay_apart(mia_in_the_drama, authorize, settings):
    settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][1]["settings"] = {
        "sandbox": True
    }

    authorize("mia", app=GAME)

    assert User.objects.count() == 2
    assert not LinkingConflict.objects.exists()


def test_users_that_an_operator_kept_apart_stay_apart(
    mia_in_the_drama, authorize, settings
):
    settings.TTMINIS_UNION_LINKING = "report"
    authorize("mia", app=GAME)
    LinkingConflict.objects.update(state=State.KEPT_APART)
    settings.TTMINIS_UNION_LINKING = "merge"

    authorize("mia", app=GAME)

    assert User.objects.count() == 2


def test_people_kept_apart_stay_apart_in_a_third_app(
    mia_in_the_drama, authorize, settings, tiktok
):
    settings.TTMINIS_UNION_LINKING = "report"
    younger = authorize("mia", app=GAME).json()["data"]["user"]["id"]
    LinkingConflict.objects.update(state=State.KEPT_APART)
    account = SocialAccount.objects.create(user_id=younger, provider="x", uid="w-1")
    third = Identity.objects.create(
        account=account,
        client_key="mn3",
        open_id="w-1",
        union_id=tiktok.union_id("mia", DRAMA),
    )
    settings.TTMINIS_UNION_LINKING = "merge"

    assert consider(third) is None
    assert User.objects.count() == 2


def test_an_open_conflict_is_resolved_by_a_later_merge(
    mia_in_the_drama, authorize, settings
):
    settings.TTMINIS_UNION_LINKING = "report"
    authorize("mia", app=GAME)
    settings.TTMINIS_UNION_LINKING = "merge"

    authorize("mia", app=GAME)

    assert reasons() == [("", State.MERGED)]


def test_a_second_factor_that_a_receiver_adds_is_asked_for(
    mia_in_the_drama, authorize, client, hear
):
    def add_second_factor(older, **kwargs):
        totp = {"type": Authenticator.Type.TOTP, "data": {"secret": "x"}}
        Authenticator.objects.create(user=older, **totp)

    hear(merging_users, add_second_factor)

    response = authorize("mia", app=GAME)

    assert response.status_code == 401
    assert response.json()["data"]["flows"][0]["id"] == "mfa_authenticate"
    assert SESSION_KEY not in client.session


def test_a_conflict_calls_itself_by_its_people(mia_in_the_drama, authorize, settings):
    settings.TTMINIS_UNION_LINKING = "report"
    authorize("mia", app=GAME)

    assert str(LinkingConflict.objects.get()).endswith(": open")


def test_a_user_who_changes_at_the_last_moment_is_not_merged(
    mia_in_the_drama, authorize
):
    authorize("mia", app=GAME, scopes=("user.info.open_id",), by=Client())
    younger = User.objects.latest("pk")

    with pytest.raises(
        MergeVetoed, match=r"^One of the users was changed meanwhile\.$"
    ):
        merge(mia_in_the_drama, younger, obstacle=lambda *users: "made staff")

    assert User.objects.filter(pk=younger.pk).exists()


def test_change_of_the_older_user_by_a_receiver_is_kept(
    mia_in_the_drama, authorize, hear
):
    hear(merging_users, lambda **kwargs: User.objects.update(last_name="Otto"))

    authorize("mia", app=GAME)

    assert User.objects.get().last_name == "Otto"


def test_a_user_who_is_gone_is_not_merged(mia_in_the_drama):
    ghost = User(pk=0)

    with pytest.raises(UserGone):
        merge(mia_in_the_drama, ghost, obstacle=lambda *users: None)


def test_an_identity_that_is_gone_is_not_considered(mia_in_the_drama):
    identity = Identity.objects.get()
    SocialAccount.objects.all().delete()

    assert consider(identity) is None


def test_a_merge_that_came_second_is_no_conflict(mia_in_the_drama, authorize, settings):
    settings.TTMINIS_UNION_LINKING = "off"
    authorize("mia", app=GAME)
    older, younger = Identity.objects.order_by("pk")
    younger.account.user = User(pk=0)

    assert detect._merge(older, younger, lambda *users: None) is False
    assert not LinkingConflict.objects.exists()


def test_a_conflict_stored_by_a_parallel_request_is_not_sent_again(
    mia_in_the_drama, authorize, settings, hear
):
    settings.TTMINIS_UNION_LINKING = "report"
    authorize("mia", app=GAME)
    older, younger = Identity.objects.order_by("pk")
    younger.account.user = User(pk=0)  # as it was before the other request
    heard = []
    hear(linking_conflict_found, lambda conflict, **kw: heard.append(conflict))

    detect._report(older, younger, reason=Reason.POLICY)

    assert heard == []
