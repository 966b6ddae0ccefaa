"""Secrets are masked in the model admins of allauth's tokens and apps."""

import pytest
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib.admin import AdminSite
from django.contrib.admin import site as default_site

from tests.admin.secrets.rows import ACCESS
from tests.admin.secrets.sites import PROJECT, STOCK, ProjectTokenAdmin
from ttminis_auth.admin import hide_secrets as secrets


@pytest.mark.parametrize("model", [SocialToken, SocialApp])
def test_default_admin_site_is_masked(model):
    assert isinstance(default_site.get_model_admin(model), secrets.SecretsMixin)


def test_masking_keeps_a_project_s_own_model_admin(db):
    assert isinstance(PROJECT.get_model_admin(SocialToken), ProjectTokenAdmin)


def test_masking_twice_changes_nothing():
    before = dict(STOCK._registry)

    secrets.mask(STOCK)

    assert STOCK._registry == before


def test_masking_registers_no_model():
    site = AdminSite("empty")

    secrets.mask(site)

    assert not site.is_registered(SocialToken)


def test_unmasked_admin_site_shows_tokens(admin_client, token):
    page = admin_client.get("/bare/socialaccount/socialtoken/")

    assert ACCESS in page.text


def test_masked_inputs_keep_the_css_classes_of_a_theme(rf, operator, app):
    unfold = pytest.importorskip("unfold.admin")
    made = type("Themed", (secrets.MaskedSocialAppMixin, unfold.ModelAdmin), {})
    request = rf.get("/")
    request.user = operator

    form = made(SocialApp, AdminSite("themed")).get_form(request, app)()

    classes = form.fields["name"].widget.attrs["class"]
    assert form.fields["secret"].widget.attrs["class"] == classes
