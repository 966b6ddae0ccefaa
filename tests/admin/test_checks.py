"""System checks of the admin: one test for each cause of each message."""

import pytest
from allauth.socialaccount.admin import SocialTokenAdmin
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.sites import all_sites

from ttminis_auth.admin import MaskedSocialTokenMixin
from ttminis_auth.checks.admin import check_admin


@pytest.fixture
def messages():
    """Return a function that runs the checks of the admin."""
    return lambda: {m.id.removeprefix("ttminis_auth."): m for m in check_admin()}


@pytest.fixture
def site():
    """Another admin site of the project, until the end of the test."""
    site = AdminSite("support")
    yield site
    all_sites.discard(site)


def test_a_site_that_masks_secrets_gives_no_message(messages, site):
    site.register(SocialToken, type("M", (MaskedSocialTokenMixin, ModelAdmin), {}))

    assert messages() == {}


@pytest.mark.parametrize("model", [SocialToken, SocialApp])
def test_a_site_that_shows_secrets_gives_a_warning(messages, site, model):
    site.register(model, SocialTokenAdmin)

    (warning,) = messages().values()
    assert warning.id == "ttminis_auth.W014"
    assert "SocialTokenAdmin on the admin site 'support'" in warning.msg
    assert f"ttminis_auth.admin.Masked{model.__name__}Mixin" in warning.hint


def test_a_site_with_masking_disabled_gives_no_message(messages, site, settings):
    settings.TTMINIS_ADMIN_MASK_SECRETS = False
    site.register(SocialToken, SocialTokenAdmin)

    assert messages() == {}


@pytest.mark.parametrize("base", ["nowhere.admin", "", "django.forms", ".admin"])
def test_an_admin_base_without_the_classes_is_an_error(messages, settings, base):
    settings.TTMINIS_ADMIN_BASE = base

    assert list(messages()) == ["E012"]


def test_an_invalid_setting_is_left_to_the_check_of_settings(messages, settings):
    settings.TTMINIS_ADMIN_BASE = None

    assert messages() == {}
