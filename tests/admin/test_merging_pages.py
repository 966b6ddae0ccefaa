"""Merge pages preselect the established user and name what the other one loses."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.utils import translation

from tests.admin.pages import (
    button_of,
    can_confirm,
    confirm,
    fill_in,
    form_of,
    list_of,
    page_of,
)
from tests.fixtures import GAME
from ttminis_auth.admin import base
from ttminis_auth.linking import detect
from ttminis_auth.linking.staff_rules import user_name
from ttminis_auth.models import LinkingConflict

pytestmark = pytest.mark.django_db


def text_of(page):
    return page.content.decode()


def establish(user):
    """Give a user a password, an address, a group and another account."""
    user.set_password("a long password")
    user.email = "olga@example.com"
    user.save()
    user.groups.add(Group.objects.create(name="moderators"))
    SocialAccount.objects.create(user=user, provider="google", uid="1")
    return user


@pytest.fixture
def silent(person):
    return person("finn")


# The preselected user.


def test_merge_of_a_silent_user_preselects_the_other_user(admin_client, silent):
    assert form_of(admin_client.get(button_of(silent, "merge")))["stays"] == "other"


def test_merge_of_an_established_user_preselects_that_user(admin_client, silent):
    establish(silent.account.user)

    assert form_of(admin_client.get(button_of(silent, "merge")))["stays"] == "theirs"


@pytest.fixture
def conflict(person):
    person("mia", union_id="union-mia")
    detect.consider(person("mia2", app=GAME, union_id="union-mia"))
    return LinkingConflict.objects.get()


def test_conflict_of_two_silent_users_preselects_the_older(admin_client, conflict):
    assert form_of(admin_client.get(button_of(conflict, "merge")))["keep"] == "older"


def test_conflict_preselects_an_established_younger_user(admin_client, conflict):
    establish(conflict.younger.account.user)

    assert form_of(admin_client.get(button_of(conflict, "merge")))["keep"] == "younger"


def test_conflict_of_two_established_users_preselects_the_older(admin_client, conflict):
    for identity in (conflict.older, conflict.younger):
        identity.account.user.set_password("a long password")
        identity.account.user.save()

    assert form_of(admin_client.get(button_of(conflict, "merge")))["keep"] == "older"


# Losses of a merge.

LOST = "loses it: a password, an e-mail address, permissions or groups."


def test_merge_page_names_what_the_merged_user_loses(admin_client, silent, local_user):
    establish(local_user)

    page = fill_in(admin_client, silent, "merge", user=local_user.pk, stays="theirs")

    assert f"This does not go along, and olga {LOST}" in text_of(page)
    assert "Other social accounts of olga then lead to user_finn." in text_of(page)


def test_merge_of_a_silent_user_gives_no_warning(admin_client, silent, person):
    other = person("noah").account.user

    page = fill_in(admin_client, silent, "merge", user=other.pk, stays="other")

    assert "ttminis-warnings" not in text_of(page)


def test_merge_page_warns_of_other_credentials_of_the_remaining_user(
    admin_client, silent, local_user
):
    """The password may be of an attacker who connected the victim's account."""
    page = fill_in(admin_client, silent, "merge", user=local_user.pk, stays="other")

    assert "olga also has: a password. Make sure that" in text_of(page)


def test_conflict_page_names_what_the_merged_user_loses(admin_client, conflict):
    establish(conflict.younger.account.user)

    page = fill_in(admin_client, conflict, "merge", keep="older")

    assert f"user_mia2 {LOST}" in text_of(page)


def test_merge_page_of_a_user_without_rows_still_names_the_password(
    admin_client, silent, local_user
):
    page = fill_in(admin_client, silent, "merge", user=local_user.pk, stays="theirs")

    assert "No rows of other tables refer to <bdi>olga</bdi>." in text_of(page)
    assert "olga loses it: a password." in text_of(page)


# From a refused link to the merge.


def test_refused_link_links_to_a_merge_with_the_same_user(
    admin_client, silent, local_user
):
    page = fill_in(admin_client, silent, "link", user=local_user.pk)
    merge_url = f"{button_of(silent, 'merge')}?user={local_user.pk}"

    assert f'href="{merge_url}"' in text_of(page)
    assert f'<option value="{local_user.pk}" selected' in text_of(
        admin_client.get(merge_url)
    )


def test_refused_link_shows_no_merge_without_the_permission(staff, silent, local_user):
    browser = staff("view_identity", "link_identity", "view_user")

    page = fill_in(browser, silent, "link", user=local_user.pk)

    assert not can_confirm(page)
    assert button_of(silent, "merge") not in text_of(page)


def test_possible_link_shows_no_merge(admin_client, silent, local_user):
    silent.account.user.set_password("a long password")
    silent.account.user.save()

    page = fill_in(admin_client, silent, "link", user=local_user.pk)

    assert can_confirm(page)
    assert button_of(silent, "merge") not in text_of(page)


# Names.


def test_message_that_begins_with_a_username_keeps_its_case(
    admin_client, silent, local_user
):
    page = confirm(admin_client, silent, "merge", user=local_user.pk, stays="other")

    assert "<bdi>user_finn was merged into olga.</bdi>" in text_of(page)


@pytest.mark.parametrize("username", ["", "  "])
def test_user_without_a_username_is_named_by_the_primary_key(
    admin_client, silent, username
):
    user = silent.account.user
    get_user_model().objects.filter(pk=user.pk).update(username=username)

    for address in (list_of("identity"), page_of(silent), button_of(silent, "unlink")):
        assert f"user {user.pk}" in text_of(admin_client.get(address))


def test_user_with_username_none_is_named_by_the_primary_key():
    assert user_name(get_user_model()(pk=7, username=None)) == "user 7"


# In a language that is written from right to left.


@pytest.fixture
def dash(person):
    return person("dash", open_id="-000dash", display_name="\u0645\u064a\u0627")


def test_open_id_is_written_from_left_to_right(admin_client, dash):
    with translation.override("ar"):
        text = text_of(
            admin_client.get(page_of(dash), headers={"accept-language": "ar"})
        )

    assert '<code dir="ltr" title="-000dash">' in text


def test_open_id_is_isolated_from_a_name_in_arabic(admin_client, dash):
    text = text_of(admin_client.get(button_of(dash, "unlink")))

    assert f'<bdi dir="ltr">{dash}</bdi>' in text
    assert f"<bdi>{dash}</bdi></a>" in text  # in the breadcrumbs


# Breadcrumbs.


@pytest.mark.parametrize(("as_list", "tag"), [(True, "ol"), (False, "div")])
def test_breadcrumbs_have_the_element_that_this_django_styles(
    admin_client, silent, monkeypatch, as_list, tag
):
    monkeypatch.setitem(base.PAGE_CONTEXT, "crumbs_are_a_list", as_list)

    for address in (button_of(silent, "unlink"), list_of("dailycount")):
        assert f'<{tag} class="breadcrumbs">' in text_of(admin_client.get(address))


def test_breadcrumbs_are_those_of_djangos_own_pages():
    own = render_to_string("admin/base.html", {"title": "x", "site_header": "x"})

    is_list = base.PAGE_CONTEXT["crumbs_are_a_list"]
    assert ('<ol class="breadcrumbs">' in own) == is_list
