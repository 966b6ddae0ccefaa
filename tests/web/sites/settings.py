"""The test project with ``django.contrib.sites`` and apps in the database."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, SOCIALACCOUNT_PROVIDERS

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.sites"]
SITE_ID = 1
SOCIALACCOUNT_PROVIDERS = {
    "tiktok": {"provider_class": SOCIALACCOUNT_PROVIDERS["tiktok"]["provider_class"]}
}
