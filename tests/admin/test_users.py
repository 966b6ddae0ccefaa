"""The TikTok identities on the page of a user, in Django's or another user admin."""

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


def test_user_page_shows_their_identities_and_actions(admin_client, mia, person):
    other = person("mia2", app=GAME, user=mia.account.user)

    text = text_of(admin_client.get(page_of(mia.account.user)))

    assert "open-mia" in text
    assert "ttminis-badge-ok" in text
    assert button_of(mia, "link") in text
    assert button_of(other, "erase") in text


def test_user_page_shows_the_last_login_from_tiktok(admin_client, mia):
    Identity.objects.update(vouched_at=datetime(2019, 5, 4, 12, tzinfo=UTC))
    mia.account.save()

    assert "May 4, 2019" in text_of(admin_client.get(page_of(mia.account.user)))


def test_user_page_shows_no_accounts_of_other_providers(admin_client, local_user):
    local_user.socialaccount_set.create(provider="google", uid="google-olga")

    assert "google-olga" not in text_of(admin_client.get(page_of(local_user)))


def test_user_page_shows_no_identity_without_permission(staff, mia):
    browser = staff("view_user", "view_socialaccount")

    assert "open-mia" not in text_of(browser.get(page_of(mia.account.user)))


def test_user_page_shows_no_action_to_view_only_staff(staff, mia):
    text = text_of(staff("view_user", "view_identity").get(page_of(mia.account.user)))

    assert "open-mia" in text
    assert "/do/" not in text


def test_a_user_can_be_saved_on_a_page_with_identities(admin_client, mia):
    user = mia.account.user
    page = admin_client.get(page_of(user))
    fields = page.context["adminform"].form.initial
    data = {name: text for name, text in fields.items() if isinstance(text, str)}
    counts = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
    inline = {f"socialaccount_set-{name}": n for name, n in counts.items()}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "10:00"}

    response = admin_client.post(
        page_of(user), {**data, **inline, **dates, "first_name": "Mia"}
    )

    user.refresh_from_db()
    assert response.status_code == 302
    assert user.first_name == "Mia"


def test_page_of_a_new_user_shows_no_identities(admin_client):
    page = admin_client.get(reverse("admin:auth_user_add"))

    assert page.status_code == 200
    assert "socialaccount_set" not in text_of(page)


def test_user_page_costs_the_same_for_any_number_of_identities(
    admin_client, mia, person, django_assert_max_num_queries
):
    address = page_of(mia.account.user)
    admin_client.get(address)
    with django_assert_max_num_queries(30) as before:
        admin_client.get(address)
    for number in range(5):
        person(f"mia{number}", user=mia.account.user)

    with django_assert_max_num_queries(len(before)):
        admin_client.get(address)


def test_a_user_can_be_deleted_with_their_identities(admin_client, mia):
    user = mia.account.user

    page = admin_client.get(reverse("admin:auth_user_delete", args=[user.pk]))
    admin_client.post(
        reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"}
    )

    assert "permission" not in text_of(page).partition("<h1>")[2].partition("<ul>")[0]
    assert not get_user_model().objects.filter(pk=user.pk).exists()


def test_identities_are_added_to_djangos_own_user_admin():
    site = AdminSite()
    site.register(get_user_model(), UserAdmin)

    show_identities(site)

    assert isinstance(site.get_model_admin(get_user_model()), TikTokUserAdminMixin)


def test_a_user_admin_of_the_project_is_not_replaced():
    site, own = AdminSite(), type("Own", (UserAdmin,), {})
    site.register(get_user_model(), own)

    show_identities(site)

    assert type(site.get_model_admin(get_user_model())) is own


def test_no_user_admin_is_registered_for_a_site_without_users():
    site = AdminSite()

    show_identities(site)

    assert not site.is_registered(get_user_model())


def test_the_user_admin_is_not_changed_by_default(settings):
    del settings.TTMINIS_ADMIN_USER_INLINE
    site = AdminSite()
    site.register(get_user_model(), UserAdmin)

    show_identities(site)

    assert type(site.get_model_admin(get_user_model())) is UserAdmin


def test_the_default_admin_site_shows_identities():
    users = admin.site.get_model_admin(get_user_model())

    assert isinstance(users, TikTokUserAdminMixin)
