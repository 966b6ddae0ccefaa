"""allauth's pages of social accounts and apps let no operator take over a user."""

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
    """An operator with all permissions for accounts, who may view identities."""
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


def test_the_user_of_a_tiktok_account_is_not_changed(support, mia, operator):
    data = form(user=operator.pk, provider="google", uid="other")

    support.post(change(mia.account), data)

    account = SocialAccount.objects.get()
    assert (account.user, account.provider) == (mia.account.user, "ttminis")
    assert account.uid == mia.account.uid


def test_the_rest_of_it_is(support, mia):
    support.post(change(mia.account), {"extra_data": '{"display_name": "Mia"}'})

    assert SocialAccount.objects.get().extra_data == {"display_name": "Mia"}


def test_page_of_an_account_links_to_its_identity(support, mia):
    page = support.get(change(mia.account))

    assert f'href="{page_of(mia)}"' in page.content.decode()
    assert "user" not in page.context["adminform"].form.fields


def test_a_hidden_identity_is_not_named_on_the_account(support, mia, monkeypatch):
    none = lambda self, request: Identity.objects.none()  # noqa: E731
    monkeypatch.setattr(IdentityAdmin, "get_queryset", none)

    page = support.get(change(mia.account)).content.decode()

    assert "user_mia" not in page.partition("TikTok identity")[2]
    assert page_of(mia) not in page


def test_any_other_account_is_changed_as_ever(support, google, operator):
    data = form(user=operator.pk, provider="google", uid="2")

    support.post(change(google), data)

    google.refresh_from_db()
    assert (google.user, google.uid) == (operator, "2")


@pytest.mark.parametrize("provider", ["ttminis", "tiktok", "mini-drama", "TTMinis"])
def test_no_account_becomes_one_of_tiktok_s_by_hand(
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


def test_a_tiktok_account_without_identity_is_not_changed(
    support, local_user, operator
):
    """As allauth's own provider leaves them, until the union ids are filled in."""
    old = SocialAccount.objects.create(user=local_user, provider="tiktok", uid="1")

    support.post(change(old), form(user=operator.pk, provider="gone", uid="1"))

    old.refresh_from_db()
    assert (old.user, old.provider) == (local_user, "tiktok")


def test_a_form_without_a_provider_says_so(support, operator):
    page = support.post(f"{LIST}add/", form(user=operator.pk, uid="1"))

    assert list(page.context["adminform"].form.errors) == ["provider"]


def test_a_tiktok_account_is_not_deleted_on_allauth_s_page(desk, mia):
    address = reverse("admin:socialaccount_socialaccount_delete", args=[mia.account_id])

    page = desk.get(address)
    desk.post(address, {"post": "yes"})

    assert page_of(mia) in page.content.decode()
    assert Identity.objects.get() == mia


def test_a_tiktok_account_is_not_deleted_among_others(desk, mia, google):
    data = {
        "action": "delete_selected",
        "_selected_action": [mia.account_id, google.pk],
        "post": "yes",
    }

    desk.post(LIST, data)

    assert SocialAccount.objects.count() == 2


def test_any_other_account_is_deleted_as_ever(support, google):
    address = reverse("admin:socialaccount_socialaccount_delete", args=[google.pk])

    support.post(address, {"post": "yes"})

    assert not SocialAccount.objects.exists()


def test_a_deleted_user_takes_it_along(desk, mia):
    address = reverse("admin:auth_user_delete", args=[mia.account.user_id])

    desk.post(address, {"post": "yes"})

    assert not Identity.objects.exists()
    assert not get_user_model().objects.filter(pk=mia.account.user_id).exists()


# Apps.


@pytest.fixture
def apps_staff(staff):
    """An operator with all permissions for social apps."""
    return staff(*(f"{verb}_socialapp" for verb in ("add", "change", "delete", "view")))


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
def test_tiktok_s_apps_are_seen_and_not_written_by_staff(apps_staff, app, provider):
    SocialApp.objects.update(provider=provider)

    seen = apps_staff.get(page_of_app(app))
    changed = apps_staff.post(page_of_app(app), app_form(provider_id="evil"))
    deleted = apps_staff.post(page_of_app(app, "delete"), {"post": "yes"})

    codes = [page.status_code for page in (seen, changed, deleted)]
    assert codes == [200, 403, 403]
    assert SocialApp.objects.get().provider_id == ""


def test_staff_makes_no_app_one_of_tiktok_s(apps_staff, app, dummy_provider):
    other = SocialApp.objects.create(provider=dummy_provider, name="D", client_id="d")

    added = apps_staff.post(
        reverse("admin:socialaccount_socialapp_add"), app_form(secret="s-2")
    )
    changed = apps_staff.post(page_of_app(other), app_form())

    for page in (added, changed):
        assert "provider" in page.context["adminform"].form.errors
    assert SocialApp.objects.filter(provider="ttminis").get() == app


def test_any_other_app_is_written_as_ever(apps_staff, dummy_provider):
    other = SocialApp.objects.create(provider=dummy_provider, name="D", client_id="d")

    apps_staff.post(page_of_app(other), app_form(provider=dummy_provider, name="E"))

    assert SocialApp.objects.get().name == "E"


def test_superusers_write_tiktok_s_apps(desk, app):
    desk.post(page_of_app(app), app_form(name="Saga", secret="s-2"))

    assert SocialApp.objects.get().name == "Saga"


# Which classes are guarded.


def test_the_site_of_the_project_is_guarded():
    accounts = default_site.get_model_admin(SocialAccount)
    apps = default_site.get_model_admin(SocialApp)

    assert isinstance(accounts, GuardedSocialAccountMixin)
    assert isinstance(apps, GuardedSocialAppMixin)


def test_guarding_twice_changes_nothing():
    before = dict(default_site._registry)

    guard(default_site)

    assert default_site._registry == before


def test_a_site_without_social_accounts_stays_without():
    site = AdminSite("empty")

    guard(site)

    assert site._registry == {}


def test_a_list_with_inputs_has_none_for_whose_it_is():
    site = AdminSite("project")
    site.register(SocialAccount, EditableAdmin)
    site.register(
        SocialApp, type("Editable", (SocialAppAdmin,), {"list_editable": ["name"]})
    )

    guard(site)

    assert site.get_model_admin(SocialAccount).list_editable == ["extra_data"]
    assert not site.get_model_admin(SocialApp).list_editable


def test_operator_who_may_only_view_gets_the_page(staff, mia):
    page = staff("view_socialaccount").get(change(mia.account))

    assert page.status_code == 200
    assert page_of(mia) not in page.content.decode()
