"""Which classes are masked, and which are not."""

import pytest
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib.admin import AdminSite
from django.contrib.admin import site as default_site

from tests.admin.secrets.rows import ACCESS
from tests.admin.secrets.sites import PROJECT, STOCK, ProjectTokenAdmin
from ttminis_auth.admin import hide_secrets as secrets


@pytest.mark.parametrize("model", [SocialToken, SocialApp])
def test_the_site_of_the_project_is_masked(model):
    assert isinstance(default_site.get_model_admin(model), secrets.SecretsMixin)


def test_a_project_s_own_class_is_kept(db):
    assert isinstance(PROJECT.get_model_admin(SocialToken), ProjectTokenAdmin)


def test_masking_twice_changes_nothing():
    before = dict(STOCK._registry)

    secrets.mask(STOCK)

    assert STOCK._registry == before


def test_a_site_without_the_models_stays_without():
    site = AdminSite("empty")

    secrets.mask(site)

    assert not site.is_registered(SocialToken)


def test_without_masks_allauth_s_pages_are_allauth_s(desk, token):
    page = desk.get("/bare/socialaccount/socialtoken/")

    assert ACCESS in page.text


def test_a_theme_s_inputs_keep_their_looks(rf, operator, app):
    unfold = pytest.importorskip("unfold.admin")
    made = type("Themed", (secrets.MaskedSocialAppMixin, unfold.ModelAdmin), {})
    request = rf.get("/")
    request.user = operator

    form = made(SocialApp, AdminSite("themed")).get_form(request, app)()

    looks = form.fields["name"].widget.attrs["class"]
    assert form.fields["secret"].widget.attrs["class"] == looks
