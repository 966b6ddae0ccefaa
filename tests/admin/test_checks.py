"""One test for each message about the admin, and for each way to get it."""

import pytest
from allauth.socialaccount.admin import SocialTokenAdmin
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.sites import all_sites

from ttminis_auth.admin import MaskedSocialTokenMixin
from ttminis_auth.checks.admin import check_admin


@pytest.fixture
def messages():
    """What is said of the admin now."""
    return lambda: {m.id.removeprefix("ttminis_auth."): m for m in check_admin()}


@pytest.fixture
def site():
    """Another site of the project, until the end of the test."""
    site = AdminSite("support")
    yield site
    all_sites.discard(site)


def test_a_good_project_hears_nothing(messages, site):
    site.register(SocialToken, type("M", (MaskedSocialTokenMixin, ModelAdmin), {}))

    assert messages() == {}


@pytest.mark.parametrize("model", [SocialToken, SocialApp])
def test_a_site_that_shows_secrets(messages, site, model):
    site.register(model, SocialTokenAdmin)

    (warning,) = messages().values()
    assert warning.id == "ttminis_auth.W014"
    assert "SocialTokenAdmin on the admin site 'support'" in warning.msg
    assert f"ttminis_auth.admin.Masked{model.__name__}Mixin" in warning.hint


def test_a_site_that_is_to_show_them(messages, site, settings):
    settings.TTMINIS_ADMIN_MASK_SECRETS = False
    site.register(SocialToken, SocialTokenAdmin)

    assert messages() == {}


@pytest.mark.parametrize("base", ["nowhere.admin", "", "django.forms", ".admin"])
def test_a_base_without_the_classes(messages, settings, base):
    settings.TTMINIS_ADMIN_BASE = base

    assert list(messages()) == ["E012"]


def test_settings_that_cannot_be_read_are_left_to_their_own_check(messages, settings):
    settings.TTMINIS_ADMIN_BASE = None

    assert messages() == {}
