"""The test project with ``django.contrib.sites`` and Minis apps in the database."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, SOCIALACCOUNT_PROVIDERS

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.sites"]
SITE_ID = 1
SOCIALACCOUNT_PROVIDERS = {**SOCIALACCOUNT_PROVIDERS, "ttminis": {}}
SOCIALACCOUNT_PROVIDERS["tiktok"] = {
    "provider_class": SOCIALACCOUNT_PROVIDERS["tiktok"]["provider_class"]
}
