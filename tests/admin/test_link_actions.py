"""Linking, unlinking and merging, from the button to the database."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.dispatch import receiver

from tests.admin.pages import (
    button_of,
    can_confirm,
    confirm,
    fill_in,
    history,
    messages_of,
)
from ttminis_auth.linking.merge import MergeVetoed
from ttminis_auth.models import Identity
from ttminis_auth.signals import merging_users

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(person):
    """An identity of a user who can also log in by password."""
    identity = person("mia")
    identity.account.user.set_password("her own")
    identity.account.user.save()
    return identity


def user_of(identity):
    return Identity.objects.with_user().get(pk=identity.pk).account.user


def text_of(page):
    return page.content.decode()


def test_an_identity_is_linked_to_another_user(admin_client, mia, local_user):
    page = confirm(admin_client, mia, "link", user=local_user.pk)

    assert user_of(mia) == local_user
    assert messages_of(page) == ["Linked to olga; before, it was user_mia."]


def test_a_link_is_in_the_history_of_the_identity_and_both_users(
    admin_client, mia, local_user
):
    confirm(admin_client, mia, "link", user=local_user.pk)

    entries = [history(each) for each in (mia, local_user, mia.account.user)]
    assert entries == [["Linked to olga; before, it was user_mia."]] * 3


@pytest.mark.parametrize("action", ["link", "merge"])
def test_the_form_of_an_action_names_user_and_identity(admin_client, mia, action):
    page = admin_client.get(button_of(mia, action))

    assert '<h2 dir="auto">user_mia: <bdi dir="ltr">open-mia' in text_of(page)


def test_nothing_is_linked_before_it_is_confirmed(admin_client, mia, local_user):
    page = fill_in(admin_client, mia, "link", user=local_user.pk)

    assert "At the next login from TikTok, this person is olga." in text_of(page)
    assert can_confirm(page)
    assert user_of(mia) == mia.account.user


def test_a_link_that_would_lock_out_the_former_user_is_refused(
    admin_client, person, local_user
):
    silent = person("finn")

    page = fill_in(admin_client, silent, "link", user=local_user.pk)

    assert "would have no way left to log in" in text_of(page)
    assert not can_confirm(page)


def test_a_lock_out_is_refused_for_a_forged_confirmation_too(
    admin_client, person, local_user
):
    silent = person("finn")
    data = {"asked": 1, "confirmed": 1, "user": local_user.pk}

    admin_client.post(
        button_of(silent, "link"), {**data, "seen": silent.account.user_id}, follow=True
    )

    assert user_of(silent) == silent.account.user
    assert history(silent) == []


def test_a_link_to_a_user_with_an_account_of_the_app_gives_a_warning(
    admin_client, mia, person
):
    other = person("finn")

    page = fill_in(admin_client, mia, "link", user=other.account.user_id)

    assert "has a TikTok account of the same app already" in text_of(page)


def test_support_cannot_become_a_superuser_by_a_link(staff, operator, mia):
    browser = staff("view_identity", "link_identity", "view_user")

    page = confirm(browser, mia, "link", user=operator.pk)

    assert "only a superuser can do this" in text_of(page)
    assert user_of(mia) == mia.account.user


def test_a_link_is_refused_if_the_user_changed_since_the_confirmation_page(
    admin_client, mia, local_user
):
    asked = fill_in(admin_client, mia, "link", user=local_user.pk)
    someone = get_user_model().objects.create_user("someone", password="so")
    SocialAccount.objects.update(user=someone)

    data = {"user": local_user.pk, "seen": mia.account.user_id}
    page = admin_client.post(
        button_of(mia, "link"), {**data, "asked": 1, "confirmed": 1}, follow=True
    )

    assert can_confirm(asked)
    assert user_of(mia) == someone
    assert "changed meanwhile" in messages_of(page)[0]


@pytest.mark.parametrize("user", ["", "0", "nonsense", "9" * 30, "\x00"])
def test_a_link_to_an_unknown_user_asks_for_the_user_again(admin_client, mia, user):
    page = fill_in(admin_client, mia, "link", user=user)

    assert page.status_code == 200
    assert not can_confirm(page)


def test_a_link_to_a_user_needs_the_permission_to_view_users(staff, mia, local_user):
    browser = staff("view_identity", "link_identity")

    page = fill_in(browser, mia, "link", user=local_user.pk)

    assert not can_confirm(page)
    assert "Select a valid choice" in text_of(page)


def test_the_operator_types_the_name_if_there_is_no_user_admin(
    admin_client, mia, local_user, without_users
):
    page = confirm(admin_client, mia, "link", user="olga")

    assert user_of(mia) == local_user
    assert messages_of(page)


def test_a_typed_name_of_no_user_is_refused(admin_client, mia, without_users):
    page = fill_in(admin_client, mia, "link", user="unknown")

    assert "Select a valid choice" in text_of(page)


@pytest.fixture
def without_search(monkeypatch):
    """Take search fields away from the user admin, so that it completes no names."""
    admin = site.get_model_admin(get_user_model())
    monkeypatch.setattr(admin, "search_fields", ())


@pytest.mark.usefixtures("without_search")
def test_the_operator_types_the_name_if_the_user_admin_has_no_search(
    admin_client, mia, local_user
):
    confirm(admin_client, mia, "link", user="olga")

    assert user_of(mia) == local_user


@pytest.fixture(params=["without_users", "without_search"])
def typed(request):
    """Have the operator type the name of a user, for either reason."""
    request.getfixturevalue(request.param)


@pytest.mark.usefixtures("typed", "local_user")
def test_a_typed_name_does_not_reveal_whether_the_user_exists(staff, mia):
    browser = staff("view_identity", "link_identity")

    pages = [fill_in(browser, mia, "link", user=name) for name in ("olga", "unknown")]

    assert not can_confirm(pages[0])
    assert without_name(pages[0], "olga") == without_name(pages[1], "unknown")


def without_name(page, name):
    """Return the page without the typed name and the CSRF token."""
    text = text_of(page).replace(f'value="{name}"', "")
    return re.sub(r'(csrfmiddlewaretoken" value)="\w+"', "", text)


@pytest.mark.usefixtures("typed")
def test_a_link_by_typed_name_needs_the_permission_to_view_users(
    staff, mia, local_user
):
    confirm(staff("view_identity", "link_identity"), mia, "link", user="olga")

    assert user_of(mia) == mia.account.user


@pytest.mark.usefixtures("typed")
def test_staff_who_may_view_users_can_link_by_typed_name(staff, mia, local_user):
    browser = staff("view_identity", "link_identity", "view_user")

    confirm(browser, mia, "link", user="olga")

    assert user_of(mia) == local_user


def test_unlinking_deletes_the_account_and_keeps_the_user(admin_client, mia):
    user = mia.account.user

    page = confirm(admin_client, mia, "unlink")

    assert messages_of(page) == ["Unlinked from user_mia."]
    assert not SocialAccount.objects.exists()
    assert history(user) == ["Unlinked from user_mia."]


def test_history_does_not_keep_the_open_id_of_an_unlinked_identity(admin_client, mia):
    pk = mia.pk
    confirm(admin_client, mia, "unlink")

    page = admin_client.get("/admin/")

    assert history(Identity(pk=pk)) != []
    assert mia.open_id not in text_of(page)


def test_the_only_way_to_log_in_is_not_unlinked(admin_client, person):
    silent = person("finn")

    page = admin_client.get(button_of(silent, "unlink"))

    assert "would have no way left to log in" in text_of(page)
    assert not can_confirm(page)


def test_a_merge_can_keep_the_other_user(admin_client, mia, person):
    silent = person("finn")

    page = confirm(
        admin_client, silent, "merge", user=mia.account.user_id, stays="other"
    )

    assert messages_of(page) == ["user_finn was merged into user_mia."]
    assert user_of(silent) == mia.account.user
    assert not get_user_model().objects.filter(username="user_finn").exists()


def test_a_merge_can_keep_the_user_of_the_identity(admin_client, mia, person):
    silent = person("finn")

    confirm(admin_client, silent, "merge", user=mia.account.user_id, stays="theirs")

    assert user_of(mia) == silent.account.user


def test_a_merge_shows_what_moves_and_what_stays(admin_client, mia, person):
    silent = person("finn")
    silent.account.user.groups.add(Group.objects.create(name="Testers"))

    page = fill_in(
        admin_client, silent, "merge", user=mia.account.user_id, stays="other"
    )

    text = text_of(page)
    assert "socialaccount.SocialAccount" in text
    assert "auth.User_groups" in text
    assert "kept, inactive" in text
    assert user_of(silent) == silent.account.user


def test_a_merge_names_the_rows_that_stay(admin_client, mia, person):
    silent = person("finn")
    silent.account.user.groups.add(Group.objects.create(name="Testers"))

    page = confirm(
        admin_client, silent, "merge", user=mia.account.user_id, stays="other"
    )

    assert (
        "user_finn is kept, inactive, by rows of auth.User_groups."
        in messages_of(page)[0]
    )


@pytest.fixture
def veto():
    @receiver(merging_users)
    def refuse(**kwargs):
        raise MergeVetoed("They share a family account.")

    yield
    merging_users.disconnect(refuse)


def test_a_veto_of_the_project_is_shown_and_holds(admin_client, mia, person, veto):
    silent = person("finn")
    choice = {"user": mia.account.user_id, "stays": "other"}

    page = fill_in(admin_client, silent, "merge", **choice)
    forced = {**choice, "seen": silent.account.user_id, "asked": 1, "confirmed": 1}
    afterwards = admin_client.post(button_of(silent, "merge"), forced, follow=True)

    assert "They share a family account." in text_of(page)
    assert not can_confirm(page)
    assert messages_of(afterwards) == ["They share a family account."]
    assert user_of(silent) == silent.account.user


def test_a_merge_is_refused_if_the_user_changed_since_the_confirmation_page(
    admin_client, mia, person, local_user
):
    silent = person("finn")
    SocialAccount.objects.filter(pk=silent.account_id).update(user=local_user)

    data = {"user": mia.account.user_id, "stays": "other"}
    seen = {"seen": silent.account.user_id, "asked": 1, "confirmed": 1}
    page = admin_client.post(button_of(silent, "merge"), {**data, **seen}, follow=True)

    assert messages_of(page) == [
        "It was changed meanwhile, and is linked to olga. Look again."
    ]
    assert user_of(silent) == local_user


def test_a_merge_names_only_rows_that_the_operator_may_view(staff, mia, person):
    silent = person("finn")
    can = ("view_identity", "merge_identity", "view_user")
    choice = {"user": mia.account.user_id, "stays": "other"}

    page = fill_in(staff(*can), silent, "merge", **choice)
    fuller = fill_in(staff(*can, "view_socialaccount"), silent, "merge", **choice)

    assert "<details>" not in text_of(page)
    assert "<details>" in text_of(fuller)


def test_a_merge_is_rolled_back_if_a_receiver_deletes_the_accounts(
    admin_client, person, local_user, caplog
):
    mia = person("mia", user=local_user)
    goes = person("finn").account.user

    def erase_all(younger, dry_run, **kwargs):
        if not dry_run:
            SocialAccount.objects.all().delete()

    merging_users.connect(erase_all)
    try:
        page = confirm(admin_client, mia, "merge", user=goes.pk, stays="theirs")
    finally:
        merging_users.disconnect(erase_all)

    assert messages_of(page) == ["It has changed meanwhile."]
    assert SocialAccount.objects.count() == 2
    # The row still exists: the receiver looked for another one.
    assert "DoesNotExist" in caplog.text
