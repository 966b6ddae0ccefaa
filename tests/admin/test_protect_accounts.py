"""Staff cannot take over users through allauth's pages of social accounts and apps."""

import pytest
from allauth.socialaccount.admin import SocialAccountAdmin, SocialAppAdmin
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.admin import AdminSite
from django.contrib.admin import site as default_site
from django.contrib.auth import get_user_model
from django.urls import reverse

from tests.admin.pages import page_of
from ttminis_auth.admin import IdentityAdmin
from ttminis_auth.admin.protect_accounts import (
    GuardedSocialAccountMixin,
    GuardedSocialAppMixin,
    guard,
)
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

LIST = "/admin/socialaccount/socialaccount/"


class EditableAdmin(SocialAccountAdmin):
    list_display = ("user", "uid", "provider", "extra_data")
    list_editable = ("uid", "extra_data")


@pytest.fixture
def mia(person):
    return person("mia")


@pytest.fixture
def google(local_user):
    return SocialAccount.objects.create(user=local_user, provider="google", uid="1")


@pytest.fixture
def support(staff):
    """A staff member who can write social accounts and view identities."""
    return staff(
        "view_identity",
        "add_socialaccount",
        "change_socialaccount",
        "delete_socialaccount",
        "view_socialaccount",
    )


def change(row):
    return reverse("admin:socialaccount_socialaccount_change", args=[row.pk])


def form(**typed):
    return {"extra_data": '{"name": "Mia"}', **typed}


def test_staff_cannot_change_the_user_of_a_tiktok_account(support, mia, operator):
    data = form(user=operator.pk, provider="google", uid="other")

    support.post(change(mia.account), data)

    account = SocialAccount.objects.get()
    assert (account.user, account.provider) == (mia.account.user, "ttminis")
    assert account.uid == mia.account.uid


def test_staff_can_change_the_extra_data_of_a_tiktok_account(support, mia):
    support.post(change(mia.account), {"extra_data": '{"display_name": "Mia"}'})

    assert SocialAccount.objects.get().extra_data == {"display_name": "Mia"}


def test_page_of_a_tiktok_account_links_to_the_identity(support, mia):
    page = support.get(change(mia.account))

    assert f'href="{page_of(mia)}"' in page.content.decode()
    assert "user" not in page.context["adminform"].form.fields


def test_page_of_a_tiktok_account_does_not_name_a_hidden_identity(
    support, mia, monkeypatch
):
    no_rows = lambda self, request: Identity.objects.none()  # noqa: E731
    monkeypatch.setattr(IdentityAdmin, "get_queryset", no_rows)

    page = support.get(change(mia.account)).content.decode()

    assert "user_mia" not in page.partition("TikTok identity")[2]
    assert page_of(mia) not in page


def test_staff_can_change_the_user_of_any_other_account(support, google, operator):
    data = form(user=operator.pk, provider="google", uid="2")

    support.post(change(google), data)

    google.refresh_from_db()
    assert (google.user, google.uid) == (operator, "2")


@pytest.mark.parametrize("provider", ["ttminis", "tiktok", "mini-drama", "TTMinis"])
def test_staff_cannot_give_an_account_a_provider_of_tiktok(
    support, google, operator, settings, provider
):
    apps = [{"provider_id": "mini-drama", "client_id": "mn1", "secret": "s"}]
    providers = {**settings.SOCIALACCOUNT_PROVIDERS, "ttminis": {"APPS": apps}}
    settings.SOCIALACCOUNT_PROVIDERS = providers
    data = form(user=operator.pk, provider=provider, uid="open-support")

    added = support.post(f"{LIST}add/", data)
    changed = support.post(change(google), data)

    for page in (added, changed):
        assert "provider" in page.context["adminform"].form.errors
    assert [each.provider for each in SocialAccount.objects.all()] == ["google"]


def test_staff_cannot_change_the_user_of_a_tiktok_account_without_identity(
    support, local_user, operator
):
    """allauth's own provider makes accounts without identity."""
    old = SocialAccount.objects.create(user=local_user, provider="tiktok", uid="1")

    support.post(change(old), form(user=operator.pk, provider="gone", uid="1"))

    old.refresh_from_db()
    assert (old.user, old.provider) == (local_user, "tiktok")


def test_an_account_form_without_a_provider_names_the_field(support, operator):
    page = support.post(f"{LIST}add/", form(user=operator.pk, uid="1"))

    assert list(page.context["adminform"].form.errors) == ["provider"]


def test_a_tiktok_account_cannot_be_deleted_on_allauth_s_page(admin_client, mia):
    address = reverse("admin:socialaccount_socialaccount_delete", args=[mia.account_id])

    page = admin_client.get(address)
    admin_client.post(address, {"post": "yes"})

    assert page_of(mia) in page.content.decode()
    assert Identity.objects.get() == mia


def test_a_tiktok_account_cannot_be_deleted_among_many(admin_client, mia, google):
    data = {
        "action": "delete_selected",
        "_selected_action": [mia.account_id, google.pk],
        "post": "yes",
    }

    admin_client.post(LIST, data)

    assert SocialAccount.objects.count() == 2


def test_staff_can_delete_any_other_account(support, google):
    address = reverse("admin:socialaccount_socialaccount_delete", args=[google.pk])

    support.post(address, {"post": "yes"})

    assert not SocialAccount.objects.exists()


def test_deleting_a_user_deletes_their_tiktok_account(admin_client, mia):
    address = reverse("admin:auth_user_delete", args=[mia.account.user_id])

    admin_client.post(address, {"post": "yes"})

    assert not Identity.objects.exists()
    assert not get_user_model().objects.filter(pk=mia.account.user_id).exists()


# Apps.


@pytest.fixture
def apps_staff(staff):
    """A staff member with all permissions for social apps."""
    return staff(*(f"{name}_socialapp" for name in ("add", "change", "delete", "view")))


@pytest.fixture
def app(db):
    return SocialApp.objects.create(
        provider="ttminis", name="Drama", client_id="mn1", secret="s-1"
    )


def app_form(**typed):
    usual = {"provider": "ttminis", "name": "Drama", "client_id": "mn1", "key": ""}
    return usual | {"secret": "", "settings": "{}"} | typed


def page_of_app(app, page="change"):
    return reverse(f"admin:socialaccount_socialapp_{page}", args=[app.pk])


@pytest.mark.parametrize("provider", ["ttminis", "tiktok"])
def test_staff_can_view_but_not_write_tiktok_apps(apps_staff, app, provider):
    SocialApp.objects.update(provider=provider)

    seen = apps_staff.get(page_of_app(app))
    changed = apps_staff.post(page_of_app(app), app_form(provider_id="evil"))
    deleted = apps_staff.post(page_of_app(app, "delete"), {"post": "yes"})

    codes = [page.status_code for page in (seen, changed, deleted)]
    assert codes == [200, 403, 403]
    assert SocialApp.objects.get().provider_id == ""


def test_staff_cannot_give_an_app_a_provider_of_tiktok(apps_staff, app, dummy_provider):
    other = SocialApp.objects.create(provider=dummy_provider, name="D", client_id="d")

    added = apps_staff.post(
        reverse("admin:socialaccount_socialapp_add"), app_form(secret="s-2")
    )
    changed = apps_staff.post(page_of_app(other), app_form())

    for page in (added, changed):
        assert "provider" in page.context["adminform"].form.errors
    assert SocialApp.objects.filter(provider="ttminis").get() == app


def test_staff_can_write_any_other_app(apps_staff, dummy_provider):
    other = SocialApp.objects.create(provider=dummy_provider, name="D", client_id="d")

    apps_staff.post(page_of_app(other), app_form(provider=dummy_provider, name="E"))

    assert SocialApp.objects.get().name == "E"


def test_a_superuser_can_write_tiktok_apps(admin_client, app):
    admin_client.post(page_of_app(app), app_form(name="Saga", secret="s-2"))

    assert SocialApp.objects.get().name == "Saga"


# Which model admins are protected.


def test_default_admin_site_is_protected():
    accounts = default_site.get_model_admin(SocialAccount)
    apps = default_site.get_model_admin(SocialApp)

    assert isinstance(accounts, GuardedSocialAccountMixin)
    assert isinstance(apps, GuardedSocialAppMixin)


def test_protecting_a_site_twice_changes_nothing():
    before = dict(default_site._registry)

    guard(default_site)

    assert default_site._registry == before


def test_protecting_a_site_registers_no_model():
    site = AdminSite("empty")

    guard(site)

    assert site._registry == {}


def test_an_editable_list_has_no_input_for_the_owner():
    site = AdminSite("project")
    site.register(SocialAccount, EditableAdmin)
    site.register(
        SocialApp, type("Editable", (SocialAppAdmin,), {"list_editable": ["name"]})
    )

    guard(site)

    assert site.get_model_admin(SocialAccount).list_editable == ["extra_data"]
    assert not site.get_model_admin(SocialApp).list_editable


def test_view_only_staff_can_open_the_page_of_a_tiktok_account(staff, mia):
    page = staff("view_socialaccount").get(change(mia.account))

    assert page.status_code == 200
    assert page_of(mia) not in page.content.decode()
