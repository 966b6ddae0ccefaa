"""The test project without Django's admin and what TikTok-hosted pages need."""

from tests.endpoints.hosted.without import hide_packages
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, MIDDLEWARE

OPTIONAL = ("django.contrib.admin", "allauth.headless", "corsheaders")
INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in OPTIONAL]
MIDDLEWARE = [path for path in MIDDLEWARE if not path.startswith(OPTIONAL)]
ROOT_URLCONF = "tests.endpoints.hosted.urls_without_headless"

hide_packages()
