"""Support cannot act on superusers, and operators cannot merge themselves away."""

import pytest
from django.contrib.auth import get_user_model

from tests.admin.conftest import logged_in
from tests.admin.pages import (
    button_of,
    can_confirm,
    confirm,
    do_many,
    fill_in,
    messages_of,
)
from ttminis_auth.models import Grant, Identity

pytestmark = pytest.mark.django_db

ONLY_SUPERUSERS = "is staff: only a superuser can do this."


@pytest.fixture
def boss(person, operator):
    """The TikTok identity of a superuser."""
    return person("boss", user=operator)


@pytest.mark.parametrize("action", ["unlink", "end_sessions", "revoke", "erase"])
def test_support_cannot_revoke_or_erase_a_superuser(staff, boss, action):
    browser = staff("view_identity", f"{action}_identity")

    page = browser.get(button_of(boss, action))
    done = confirm(browser, boss, action, seen=boss.account.user_id)

    assert ONLY_SUPERUSERS in page.content.decode()
    assert not can_confirm(page)
    assert any(ONLY_SUPERUSERS in text for text in messages_of(done))
    assert Grant.objects.get().dead_at is None


@pytest.mark.parametrize("action", ["end_sessions", "revoke", "erase"])
def test_support_cannot_act_on_a_superuser_among_many(staff, boss, person, action):
    browser = staff("view_identity", f"{action}_identity")
    mia = person("mia", grant=None)

    page = do_many(browser, action, [boss, mia])

    assert any(ONLY_SUPERUSERS in text for text in messages_of(page))
    assert Identity.objects.get(pk=boss.pk).state == "active"


@pytest.mark.parametrize("stays", ["theirs", "other"])
def test_support_cannot_merge_a_superuser(staff, boss, person, stays):
    browser = staff("view_identity", "merge_identity", "view_user")
    mia = person("mia")
    choice = {"user": boss.account.user_id, "stays": stays}

    page = fill_in(browser, mia, "merge", **choice)
    confirm(browser, mia, "merge", **choice)

    assert ONLY_SUPERUSERS in page.content.decode()
    assert not can_confirm(page)
    assert get_user_model().objects.filter(username="user_mia").exists()


def test_an_inactive_superuser_cannot_open_an_action(operator, person):
    mia, browser = person("mia"), logged_in(operator)
    get_user_model().objects.update(is_active=False)

    assert browser.get(button_of(mia, "erase")).status_code == 302


def test_operators_cannot_merge_themselves_into_another_user(
    admin_client, operator, boss, person
):
    mia = person("mia")
    choice = {"user": operator.pk, "stays": "theirs"}

    page = fill_in(admin_client, mia, "merge", **choice)
    done = confirm(admin_client, mia, "merge", **choice)

    assert not can_confirm(page)
    assert messages_of(done) == ["This is yourself: have another superuser do it."]
    assert get_user_model().objects.get(pk=operator.pk).is_active


def test_operators_can_merge_a_user_into_themselves(admin_client, operator, person):
    mia = person("mia")

    confirm(admin_client, mia, "merge", user=operator.pk, stays="other")

    assert Identity.objects.get().account.user == operator


@pytest.mark.parametrize("action", ["end_sessions", "erase"])
def test_operators_who_end_their_own_sessions_must_log_in_again(
    admin_client, boss, action
):
    choice = {"everywhere": "on"} if action == "end_sessions" else {}

    page = confirm(admin_client, boss, action, **choice)

    assert page.redirect_chain[-1][0].startswith("/admin/login/")
    assert page.status_code == 200
