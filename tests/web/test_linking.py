"""A web login meets the person's other users, who came with mini apps."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import pre_social_login
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.test import Client

from tests.fixtures import DRAMA
from tests.web.conftest import WEB, Person
from ttminis_auth.linking import merge_users
from ttminis_auth.models import Identity, LinkingConflict
from ttminis_auth.signals import merging_users, profile_fetched

pytestmark = pytest.mark.django_db

User = get_user_model()
EARLIER = "2020-01-01T00:00Z"


@pytest.fixture
def minis_user(authorize, person):
    """Mia's user from a mini app, whose union_id is known; no user is logged in."""
    authorize("mia")
    person.client.logout()
    return Identity.objects.get(client_key=DRAMA).account.user


@pytest.fixture
def merging(settings):
    settings.TTMINIS_UNION_LINKING = "merge"


def test_profile_is_announced(person):
    heard = []

    def hear(identity, user_info, **kwargs):
        heard.append((identity.client_key, user_info.display_name))

    profile_fetched.connect(hear)
    person.log_in()
    profile_fetched.disconnect(hear)

    assert heard == [(WEB, "Mia")]


def test_web_login_reports_the_user_of_the_mini_app(person, minis_user):
    person.log_in()

    conflict = LinkingConflict.objects.get()
    assert person.user_pk not in (None, minis_user.pk)
    assert conflict.older.client_key == DRAMA
    assert conflict.younger.client_key == WEB


def test_web_login_goes_on_as_the_older_user(person, minis_user, merging):
    response = person.log_in(next="/shop/")

    assert response["Location"] == "/shop/"
    assert person.user_pk == minis_user.pk
    assert User.objects.get() == minis_user
    assert Identity.objects.filter(account__user=minis_user).count() == 2


def test_merge_keeps_what_the_project_had_in_the_session(person, minis_user, merging):
    session = person.client.session
    session["cart"] = [7]
    session.save()

    person.log_in()

    assert person.user_pk == minis_user.pk
    assert person.client.session["cart"] == [7]


def test_merge_works_with_tokens_kept_by_allauth(person, minis_user, merging, settings):
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    person.log_in()

    assert person.user_pk == minis_user.pk


def test_second_factor_that_a_receiver_adds_is_asked_for(person, minis_user, merging):
    """Or a merge would be a way around it."""

    def add_second_factor(older, **kwargs):
        totp = {"type": Authenticator.Type.TOTP, "data": {"secret": "x"}}
        Authenticator.objects.create(user=older, **totp)

    merging_users.connect(add_second_factor)
    try:
        response = person.log_in()
    finally:
        merging_users.disconnect(add_second_factor)

    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert person.user_pk is None


def test_later_web_login_merges_once_that_is_switched_on(person, minis_user, settings):
    person.log_in()
    settings.TTMINIS_UNION_LINKING = "merge"

    person.log_in()

    assert person.user_pk == minis_user.pk
    assert User.objects.count() == 1


def test_older_web_user_takes_the_younger_one_in(person, tiktok, merging):
    person.log_in()
    web_user = User.objects.get()
    code = tiktok.issue_code(DRAMA, "mia")
    person.client.logout()
    person.client.post("/accounts/ttminis/login/code/", {"code": code})
    person.client.logout()
    union_id = tiktok.union_id("mia", DRAMA)
    Identity.objects.filter(client_key=DRAMA).update(union_id=union_id)

    person.log_in()

    assert person.user_pk == web_user.pk
    assert User.objects.count() == 1


def test_connecting_never_takes_a_user_into_one_with_a_password(
    person, minis_user, local_user, merging
):
    """The session's user is an attacker's, and the phone was the victim's."""
    User.objects.filter(pk=local_user.pk).update(date_joined=EARLIER)
    person.client.force_login(local_user)

    person.log_in(process="connect")

    conflict = LinkingConflict.objects.get()
    assert conflict.older.account.user == local_user
    assert conflict.reason == "not_silent"


def test_connecting_takes_the_younger_user_of_a_mini_app_in(
    person, send_code, minis_user, merging
):
    """The session's own user is the older one, and its session goes on."""
    known = Identity.objects.get(account__user=minis_user).union_id
    send_code("noah")
    noah = person.user_pk
    Identity.objects.filter(union_id=None).update(union_id=known)
    User.objects.filter(pk=noah).update(date_joined=EARLIER)
    SocialAccount.objects.filter(user=noah).update(date_joined=EARLIER)

    person.log_in(process="connect")

    assert person.user_pk == noah
    assert User.objects.count() == 1


def test_connecting_never_merges_a_user_with_a_password_away(
    person, minis_user, local_user, merging
):
    person.client.force_login(local_user)

    person.log_in(process="connect")

    assert person.user_pk == local_user.pk
    assert LinkingConflict.objects.get().reason == "not_silent"


def test_connecting_a_stranger_s_account_merges_no_users(
    person, minis_user, send_code, merging
):
    send_code("noah")
    noah = person.user_pk

    person.log_in(process="connect")

    assert person.user_pk == noah
    assert LinkingConflict.objects.get().reason == "mixed"


def test_connecting_goes_on_as_the_user_who_stayed(
    person, minis_user, send_code, merging
):
    """The session's own user is merged away: it must keep a user."""
    known = Identity.objects.get(account__user=minis_user).union_id
    send_code("noah")
    Identity.objects.filter(union_id=None).update(union_id=known)

    person.log_in(process="connect")

    assert person.user_pk == minis_user.pk


def test_bystander_stays_logged_in_when_connecting_fails(
    person, minis_user, local_user, settings
):
    person.log_in()
    settings.TTMINIS_UNION_LINKING = "merge"
    person.client.force_login(local_user)

    person.log_in(process="connect")

    assert person.user_pk == local_user.pk
    assert Identity.objects.filter(account__user=minis_user).count() == 2


# Another login is faster.


@pytest.fixture
def meanwhile():
    """Do something once, between looking a person up and logging them in."""
    todo = []

    def act(**kwargs):
        if todo:
            todo.pop()()

    pre_social_login.connect(act)
    yield todo.append
    pre_social_login.disconnect(act)


def test_overtaken_first_login_meets_the_user_of_the_faster_one(person, meanwhile):
    meanwhile(Person(Client()).log_in)

    response = person.log_in(next="/shop/")

    assert response["Location"] == "/shop/"
    assert person.user_pk == User.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_login_of_a_user_who_was_just_merged_away_starts_anew(person, meanwhile):
    person.log_in()
    person.client.logout()
    older = User.objects.create_user("older")
    meanwhile(lambda: merge_users(User.objects.exclude(pk=older.pk).get(), older))

    person.log_in()

    assert person.user_pk == User.objects.get().pk == older.pk


@pytest.mark.django_db(transaction=True)
def test_login_of_a_deleted_user_does_not_restore_it(person, meanwhile):
    person.log_in()
    person.client.logout()
    meanwhile(lambda: User.objects.all().delete())

    person.log_in()

    assert not User.objects.exists()


def test_other_trouble_with_the_database_is_not_hidden(person, meanwhile):
    def break_down():
        raise DatabaseError("no disk")

    person.log_in()
    meanwhile(break_down)

    with pytest.raises(DatabaseError, match="no disk"):
        person.log_in()
