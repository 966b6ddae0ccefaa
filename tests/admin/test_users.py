"""The TikTok identities on the page of a user, in whatever user admin there is."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.urls import reverse

from tests.admin.pages import button_of
from tests.fixtures import GAME
from ttminis_auth.admin import TikTokUserAdminMixin
from ttminis_auth.admin.identity_admin import show_identities
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db


def page_of(user):
    return reverse("admin:auth_user_change", args=[user.pk])


def text_of(page):
    return page.content.decode()


@pytest.fixture
def mia(person):
    return person("mia", display_name="Mia")


def test_a_users_page_shows_their_identities_and_what_can_be_done(desk, mia, person):
    other = person("mia2", app=GAME, user=mia.account.user)

    text = text_of(desk.get(page_of(mia.account.user)))

    assert "open-mia" in text
    assert "ttminis-badge-ok" in text
    assert button_of(mia, "link") in text
    assert button_of(other, "erase") in text


def test_a_users_page_says_when_tiktok_last_vouched_for_them(desk, mia):
    Identity.objects.update(vouched_at=datetime(2019, 5, 4, 12, tzinfo=UTC))
    mia.account.save()

    assert "May 4, 2019" in text_of(desk.get(page_of(mia.account.user)))


def test_accounts_of_other_providers_are_not_listed(desk, local_user):
    local_user.socialaccount_set.create(provider="google", uid="google-olga")

    assert "google-olga" not in text_of(desk.get(page_of(local_user)))


def test_operator_who_may_not_view_identities_sees_none_here(staff, mia):
    browser = staff("view_user", "view_socialaccount")

    assert "open-mia" not in text_of(browser.get(page_of(mia.account.user)))


def test_operator_who_may_only_view_finds_no_button_here(staff, mia):
    text = text_of(staff("view_user", "view_identity").get(page_of(mia.account.user)))

    assert "open-mia" in text
    assert "/do/" not in text


def test_a_user_is_saved_as_ever(desk, mia):
    user = mia.account.user
    page = desk.get(page_of(user))
    fields = page.context["adminform"].form.initial
    data = {name: text for name, text in fields.items() if isinstance(text, str)}
    counts = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
    inline = {f"socialaccount_set-{name}": n for name, n in counts.items()}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "10:00"}

    response = desk.post(
        page_of(user), {**data, **inline, **dates, "first_name": "Mia"}
    )

    user.refresh_from_db()
    assert response.status_code == 302
    assert user.first_name == "Mia"


def test_a_new_user_has_no_identities_to_show(desk):
    page = desk.get(reverse("admin:auth_user_add"))

    assert page.status_code == 200
    assert "socialaccount_set" not in text_of(page)


def test_the_page_of_a_user_costs_the_same_whatever_they_have(
    desk, mia, person, django_assert_max_num_queries
):
    address = page_of(mia.account.user)
    desk.get(address)
    with django_assert_max_num_queries(30) as before:
        desk.get(address)
    for number in range(5):
        person(f"mia{number}", user=mia.account.user)

    with django_assert_max_num_queries(len(before)):
        desk.get(address)


def test_a_user_is_deleted_with_all_that_is_theirs(desk, mia):
    user = mia.account.user

    page = desk.get(reverse("admin:auth_user_delete", args=[user.pk]))
    desk.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"})

    assert "permission" not in text_of(page).partition("<h1>")[2].partition("<ul>")[0]
    assert not get_user_model().objects.filter(pk=user.pk).exists()


def test_djangos_own_user_admin_has_the_identities():
    site = AdminSite()
    site.register(get_user_model(), UserAdmin)

    show_identities(site)

    assert isinstance(site.get_model_admin(get_user_model()), TikTokUserAdminMixin)


def test_a_user_admin_of_the_projects_stays_as_it_is():
    site, own = AdminSite(), type("Own", (UserAdmin,), {})
    site.register(get_user_model(), own)

    show_identities(site)

    assert type(site.get_model_admin(get_user_model())) is own


def test_a_site_without_users_stays_without():
    site = AdminSite()

    show_identities(site)

    assert not site.is_registered(get_user_model())


def test_installing_the_package_alone_leaves_the_user_admin_alone(settings):
    del settings.TTMINIS_ADMIN_USER_INLINE
    site = AdminSite()
    site.register(get_user_model(), UserAdmin)

    show_identities(site)

    assert type(site.get_model_admin(get_user_model())) is UserAdmin


def test_the_stock_user_admin_has_it_by_itself():
    users = admin.site.get_model_admin(get_user_model())

    assert isinstance(users, TikTokUserAdminMixin)
