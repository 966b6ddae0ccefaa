"""Linking, unlinking and merging, from the button to the database."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.dispatch import receiver

from tests.admin.pages import button_of, can_confirm, confirm, fill_in, history, said
from ttminis_auth.linking.merge import MergeVetoed
from ttminis_auth.models import Identity
from ttminis_auth.signals import merging_users

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(person):
    """A user who can also log in by password."""
    identity = person("mia")
    identity.account.user.set_password("her own")
    identity.account.user.save()
    return identity


def user_of(identity):
    return Identity.objects.with_user().get(pk=identity.pk).account.user


def text_of(page):
    return page.content.decode()


def test_an_identity_is_linked_to_another_user(desk, mia, local_user):
    page = confirm(desk, mia, "link", user=local_user.pk)

    assert user_of(mia) == local_user
    assert said(page) == ["Linked to olga; before, it was user_mia."]


def test_a_link_stands_in_the_history_of_identity_and_both_users(desk, mia, local_user):
    confirm(desk, mia, "link", user=local_user.pk)

    data = [history(each) for each in (mia, local_user, mia.account.user)]
    assert data == [["Linked to olga; before, it was user_mia."]] * 3


@pytest.mark.parametrize("action", ["link", "merge"])
def test_whose_it_is_stands_above_what_is_to_be_filled_in(desk, mia, action):
    page = desk.get(button_of(mia, action))

    assert '<h2 dir="auto">user_mia: <bdi dir="ltr">open-mia' in text_of(page)


def test_nothing_is_linked_before_it_is_confirmed(desk, mia, local_user):
    page = fill_in(desk, mia, "link", user=local_user.pk)

    assert "At the next login from TikTok, this person is olga." in text_of(page)
    assert can_confirm(page)
    assert user_of(mia) == mia.account.user


def test_identity_of_a_user_with_no_other_login_is_not_linked(desk, person, local_user):
    silent = person("finn")

    page = fill_in(desk, silent, "link", user=local_user.pk)

    assert "would have no way left to log in" in text_of(page)
    assert not can_confirm(page)


def test_a_lock_out_is_refused_without_the_page_too(desk, person, local_user):
    silent = person("finn")
    data = {"asked": 1, "confirmed": 1, "user": local_user.pk}

    desk.post(
        button_of(silent, "link"), {**data, "seen": silent.account.user_id}, follow=True
    )

    assert user_of(silent) == silent.account.user
    assert history(silent) == []


def test_a_user_of_the_same_app_is_warned_about(desk, mia, person):
    other = person("finn")

    page = fill_in(desk, mia, "link", user=other.account.user_id)

    assert "has a TikTok account of the same app already" in text_of(page)


def test_support_cannot_become_a_superuser_by_a_link(staff, operator, mia):
    browser = staff("view_identity", "link_identity", "view_user")

    page = confirm(browser, mia, "link", user=operator.pk)

    assert "only a superuser can do this" in text_of(page)
    assert user_of(mia) == mia.account.user


def test_a_confirmed_action_is_not_done_after_the_identity_has_moved(
    desk, mia, local_user
):
    asked = fill_in(desk, mia, "link", user=local_user.pk)
    someone = get_user_model().objects.create_user("someone", password="so")
    SocialAccount.objects.update(user=someone)

    data = {"user": local_user.pk, "seen": mia.account.user_id}
    page = desk.post(
        button_of(mia, "link"), {**data, "asked": 1, "confirmed": 1}, follow=True
    )

    assert can_confirm(asked)
    assert user_of(mia) == someone
    assert "changed meanwhile" in said(page)[0]


@pytest.mark.parametrize("user", ["", "0", "nonsense", "9" * 30, "\x00"])
def test_a_user_who_is_none_is_asked_for_again(desk, mia, user):
    page = fill_in(desk, mia, "link", user=user)

    assert page.status_code == 200
    assert not can_confirm(page)


def test_only_users_that_the_operator_may_view_can_be_linked(staff, mia, local_user):
    browser = staff("view_identity", "link_identity")

    page = fill_in(browser, mia, "link", user=local_user.pk)

    assert not can_confirm(page)
    assert "Select a valid choice" in text_of(page)


def test_without_a_user_admin_the_name_is_typed(desk, mia, local_user, without_users):
    page = confirm(desk, mia, "link", user="olga")

    assert user_of(mia) == local_user
    assert said(page)


def test_a_typed_username_has_to_exist(desk, mia, without_users):
    page = fill_in(desk, mia, "link", user="nobody")

    assert "Select a valid choice" in text_of(page)


@pytest.fixture
def without_search(monkeypatch):
    """Let the user admin find no users, so that it can complete no name."""
    admin = site.get_model_admin(get_user_model())
    monkeypatch.setattr(admin, "search_fields", ())


@pytest.mark.usefixtures("without_search")
def test_a_user_admin_that_cannot_search_takes_a_typed_name(desk, mia, local_user):
    confirm(desk, mia, "link", user="olga")

    assert user_of(mia) == local_user


@pytest.fixture(params=["without_users", "without_search"])
def typed(request):
    """Have the name of a user typed, for either reason."""
    request.getfixturevalue(request.param)


@pytest.mark.usefixtures("typed", "local_user")
def test_a_refused_username_shows_no_user(staff, mia):
    browser = staff("view_identity", "link_identity")

    pages = [fill_in(browser, mia, "link", user=name) for name in ("olga", "nobody")]

    assert not can_confirm(pages[0])
    assert alike(pages[0], "olga") == alike(pages[1], "nobody")


def alike(page, name):
    """Return the page without what differs by what was typed, and by chance."""
    text = text_of(page).replace(f'value="{name}"', "")
    return re.sub(r'(csrfmiddlewaretoken" value)="\w+"', "", text)


@pytest.mark.usefixtures("typed")
def test_no_user_is_linked_that_the_operator_may_not_view(staff, mia, local_user):
    confirm(staff("view_identity", "link_identity"), mia, "link", user="olga")

    assert user_of(mia) == mia.account.user


@pytest.mark.usefixtures("typed")
def test_operator_who_may_view_users_links_by_name(staff, mia, local_user):
    browser = staff("view_identity", "link_identity", "view_user")

    confirm(browser, mia, "link", user="olga")

    assert user_of(mia) == local_user


def test_unlinking_leaves_the_user_and_takes_the_account(desk, mia):
    user = mia.account.user

    page = confirm(desk, mia, "unlink")

    assert said(page) == ["Unlinked from user_mia."]
    assert not SocialAccount.objects.exists()
    assert history(user) == ["Unlinked from user_mia."]


def test_the_history_does_not_keep_the_open_id_of_who_was_unlinked(desk, mia):
    pk = mia.pk
    confirm(desk, mia, "unlink")

    page = desk.get("/admin/")

    assert history(Identity(pk=pk)) != []
    assert mia.open_id not in text_of(page)


def test_the_last_way_in_is_not_unlinked(desk, person):
    silent = person("finn")

    page = desk.get(button_of(silent, "unlink"))

    assert "would have no way left to log in" in text_of(page)
    assert not can_confirm(page)


def test_two_users_become_one(desk, mia, person):
    silent = person("finn")

    page = confirm(desk, silent, "merge", user=mia.account.user_id, stays="other")

    assert said(page) == ["user_finn was merged into user_mia."]
    assert user_of(silent) == mia.account.user
    assert not get_user_model().objects.filter(username="user_finn").exists()


def test_the_other_way_round_too(desk, mia, person):
    silent = person("finn")

    confirm(desk, silent, "merge", user=mia.account.user_id, stays="theirs")

    assert user_of(mia) == silent.account.user


def test_a_merge_shows_what_moves_and_what_stays(desk, mia, person):
    silent = person("finn")
    silent.account.user.groups.add(Group.objects.create(name="Testers"))

    page = fill_in(desk, silent, "merge", user=mia.account.user_id, stays="other")

    text = text_of(page)
    assert "socialaccount.SocialAccount" in text
    assert "auth.User_groups" in text
    assert "kept, inactive" in text
    assert user_of(silent) == silent.account.user


def test_models_left_behind_by_a_merge_are_named(desk, mia, person):
    silent = person("finn")
    silent.account.user.groups.add(Group.objects.create(name="Testers"))

    page = confirm(desk, silent, "merge", user=mia.account.user_id, stays="other")

    assert "user_finn is kept, inactive, by rows of auth.User_groups." in said(page)[0]


@pytest.fixture
def veto():
    @receiver(merging_users)
    def refuse(**kwargs):
        raise MergeVetoed("They share a family account.")

    yield
    merging_users.disconnect(refuse)


def test_a_veto_of_the_project_is_shown_and_holds(desk, mia, person, veto):
    silent = person("finn")
    choice = {"user": mia.account.user_id, "stays": "other"}

    page = fill_in(desk, silent, "merge", **choice)
    forced = {**choice, "seen": silent.account.user_id, "asked": 1, "confirmed": 1}
    afterwards = desk.post(button_of(silent, "merge"), forced, follow=True)

    assert "They share a family account." in text_of(page)
    assert not can_confirm(page)
    assert said(afterwards) == ["They share a family account."]
    assert user_of(silent) == silent.account.user


def test_a_merge_is_not_done_after_the_identity_has_moved(
    desk, mia, person, local_user
):
    silent = person("finn")
    SocialAccount.objects.filter(pk=silent.account_id).update(user=local_user)

    data = {"user": mia.account.user_id, "stays": "other"}
    seen = {"seen": silent.account.user_id, "asked": 1, "confirmed": 1}
    page = desk.post(button_of(silent, "merge"), {**data, **seen}, follow=True)

    assert said(page) == [
        "It was changed meanwhile, and is linked to olga. Look again."
    ]
    assert user_of(silent) == local_user


def test_rows_are_named_to_those_only_who_may_see_such(staff, mia, person):
    silent = person("finn")
    can = ("view_identity", "merge_identity", "view_user")
    choice = {"user": mia.account.user_id, "stays": "other"}

    page = fill_in(staff(*can), silent, "merge", **choice)
    fuller = fill_in(staff(*can, "view_socialaccount"), silent, "merge", **choice)

    assert "<details>" not in text_of(page)
    assert "<details>" in text_of(fuller)


def test_row_that_vanishes_during_a_merge_rolls_it_back(
    desk, person, local_user, caplog
):
    mia = person("mia", user=local_user)
    goes = person("finn").account.user

    def erase_all(younger, dry_run, **kwargs):
        if not dry_run:
            SocialAccount.objects.all().delete()

    merging_users.connect(erase_all)
    try:
        page = confirm(desk, mia, "merge", user=goes.pk, stays="theirs")
    finally:
        merging_users.disconnect(erase_all)

    assert said(page) == ["It has changed meanwhile."]
    assert SocialAccount.objects.count() == 2
    # The row is still there: something that a receiver looked for was not.
    assert "DoesNotExist" in caplog.text
