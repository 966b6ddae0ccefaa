"""Staff may write apps of other providers, unless they use a name of TikTok's apps."""

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db.models.signals import pre_delete
from django.test import Client
from django.test.utils import isolate_apps
from django.urls import reverse

from tests.databases import PEOPLE
from tests.fixtures import DRAMA
from ttminis_auth.admin.protect_accounts import GuardedSocialAppMixin
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

ADD = "/admin/socialaccount/socialapp/add/"
OPERATIONS = ("add", "change", "delete", "view")


@pytest.fixture
def clerk(staff):
    """A staff member with all permissions for social apps, and no superuser."""
    return staff(*(f"{operation}_socialapp" for operation in OPERATIONS))


@pytest.fixture(autouse=True)
def _hidden_app(settings):
    hidden = {"client_id": "mnHidden1", "secret": "s", "provider_id": "secret-drama"}
    hidden["settings"] = {"hidden": True}
    apps = {**settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0]}
    providers = {
        **settings.SOCIALACCOUNT_PROVIDERS,
        "ttminis": {"APPS": [apps, hidden]},
    }
    settings.SOCIALACCOUNT_PROVIDERS = providers


@pytest.fixture
def retired(person):
    """An identity of an app that is no longer configured."""
    identity = person("mia")
    SocialAccount.objects.update(provider="old-drama")
    Identity.objects.update(client_key="mnOld1")
    return identity


@pytest.fixture
def shop(dummy_provider):
    return SocialApp.objects.create(provider=dummy_provider, name="S", client_id="shop")


@pytest.fixture
def drama(db):
    return SocialApp.objects.create(
        provider="ttminis", provider_id="row", name="D", client_id="mnRow1", secret="s"
    )


@pytest.fixture
def own_site(settings):
    """An admin site of the project without this package's protection."""
    settings.ROOT_URLCONF = "tests.admin.claim_urls"
    return "/own/socialaccount/socialapp/"


def form(**typed):
    usual = {"provider": "dummy", "name": "S", "client_id": "shop", "key": ""}
    return usual | {"secret": "x", "settings": "{}", "provider_id": ""} | typed


def change(app):
    return reverse("admin:socialaccount_socialapp_change", args=[app.pk])


CLAIMS = [
    ("provider_id", "ttminis"),
    ("provider_id", "TTMinis"),
    ("provider_id", "tiktok"),
    ("provider_id", "secret-drama"),
    ("provider_id", "Secret-Drâma"),
    ("provider_id", "secret-drama\u200b"),
    ("provider_id", "\uff53ecret-drama"),
    ("provider_id", "old-drama"),
    ("client_id", DRAMA),
    ("client_id", DRAMA.upper()),
    ("client_id", "mnHidden1"),
    ("client_id", "mnOld1"),
]


@pytest.mark.parametrize(("field", "value"), CLAIMS)
def test_staff_cannot_give_an_app_an_id_of_a_tiktok_app(
    clerk, shop, retired, field, value
):
    added = clerk.post(ADD, form(**{field: value}))
    changed = clerk.post(change(shop), form(**{field: value}))

    for page in (added, changed):
        assert field in page.context["adminform"].form.errors
    assert SocialApp.objects.get().provider_id == ""


@pytest.mark.parametrize(("field", "value"), CLAIMS)
def test_a_superuser_can_give_an_app_an_id_of_a_tiktok_app(
    admin_client, retired, dummy_provider, field, value
):
    admin_client.post(ADD, form(**{field: value}))

    assert getattr(SocialApp.objects.get(), field) == value


def test_staff_can_give_an_app_any_other_provider_id(clerk, dummy_provider):
    clerk.post(ADD, form(provider_id="company"))

    assert SocialApp.objects.get().provider_id == "company"


def test_staff_can_use_a_provider_id_of_other_accounts(
    clerk, dummy_provider, local_user
):
    SocialAccount.objects.create(user=local_user, provider="company", uid="1")

    clerk.post(ADD, form(provider_id="company"))

    assert SocialApp.objects.exists()


def test_an_app_form_with_some_fields_refuses_the_same_ids(clerk, shop, monkeypatch):
    fields = ("provider_id", "name")
    monkeypatch.setattr(GuardedSocialAppMixin, "fields", fields, raising=False)

    page = clerk.post(change(shop), {"provider_id": "ttminis", "name": "S"})

    assert "provider_id" in page.context["adminform"].form.errors


def test_an_app_that_already_has_such_an_id_is_read_only_for_staff(
    clerk, shop, dummy_provider
):
    SocialApp.objects.update(provider_id="secret-drama")

    assert clerk.get(change(shop)).status_code == 200
    assert clerk.post(change(shop), form()).status_code == 403


# Every way to save a row is checked.


def test_a_project_s_own_admin_site_refuses_such_ids(clerk, own_site, dummy_provider):
    page = clerk.post(f"{own_site}add/", form(provider_id="secret-drama"))

    assert page.status_code == 403
    assert not SocialApp.objects.exists()


def inputs(app, **typed):
    total = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save"}
    usual = {"id": app.pk, "provider_id": "", "secret": "x"}
    return total | {f"form-0-{name}": text for name, text in (usual | typed).items()}


def test_an_editable_list_refuses_such_ids(clerk, own_site, shop):
    page = clerk.post(own_site, inputs(shop, provider_id="ttminis"))

    assert page.status_code == 403
    assert SocialApp.objects.get().provider_id == ""


def test_the_secret_of_a_tiktok_app_cannot_be_changed_in_a_list(clerk, own_site, drama):
    page = clerk.post(own_site, inputs(drama, provider_id="row", secret="evil"))

    assert page.status_code == 403
    assert SocialApp.objects.get().secret == "s"


def test_a_tiktok_app_cannot_be_given_to_another_provider(
    clerk, own_site, drama, dummy_provider
):
    page = clerk.post(f"{own_site}{drama.pk}/change/", form())

    assert page.status_code == 403
    assert SocialApp.objects.get().provider == "ttminis"


def test_staff_cannot_delete_a_tiktok_app(clerk, own_site, drama):
    page = clerk.post(f"{own_site}{drama.pk}/delete/", {"post": "yes"})

    assert page.status_code == 403
    assert SocialApp.objects.exists()


def test_an_importer_run_by_staff_is_refused_such_ids(clerk, own_site):
    assert clerk.get("/import/").status_code == 403


def test_a_request_of_a_visitor_is_refused_such_ids(own_site):
    assert Client().get("/import/").status_code == 403


def test_a_restored_version_of_a_tiktok_app_is_refused(rf, drama):
    """django-reversion restores a row so: past ``save``, with ``raw=True``."""
    drama.secret = "evil"

    with (
        request_context(rf.get("/")),
        pytest.raises(PermissionDenied, match="Only a superuser can set up TikTok's"),
    ):
        drama.save_base(raw=True)


@isolate_apps("allauth.socialaccount")
def test_a_proxy_model_of_apps_is_refused_such_ids(rf):
    class OwnApp(SocialApp):
        class Meta:
            proxy = True
            app_label = "socialaccount"

    row = OwnApp(provider="openid_connect", provider_id="ttminis", client_id="x")
    with request_context(rf.get("/")), pytest.raises(PermissionDenied):
        row.save()


def test_other_models_have_no_pre_delete_receiver():
    assert pre_delete.has_listeners(SocialApp)
    assert not pre_delete.has_listeners(Session)


def test_an_importer_run_by_a_superuser_may_use_such_ids(admin_client, own_site):
    assert admin_client.get("/import/").status_code == 200


def test_shell_and_fixtures_may_write_tiktok_apps(drama, tmp_path):
    drama.secret = "changed"
    drama.save()
    path = tmp_path / "apps.json"
    where = {"database": PEOPLE}
    call_command("dumpdata", "socialaccount.socialapp", output=str(path), **where)
    drama.delete()

    call_command("loaddata", str(path), verbosity=0, **where)

    assert SocialApp.objects.get().secret == "changed"


def test_project_code_may_write_tiktok_apps_outside_of_the_request(rf, db):
    """A site that sets up apps for its customers needs this."""
    with request_context(rf.get("/")), request_context(None):
        SocialApp.objects.create(provider="ttminis", client_id="mnCustomer", name="C")

    assert SocialApp.objects.exists()
