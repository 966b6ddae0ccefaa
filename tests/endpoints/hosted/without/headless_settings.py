"""The test project with ``allauth.headless``, without admin and django-cors-headers."""

from tests.endpoints.hosted.without import hide_packages
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, MIDDLEWARE

ABSENT = ("corsheaders", "django.contrib.admin")
INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in ABSENT]
MIDDLEWARE = [path for path in MIDDLEWARE if not path.startswith("corsheaders")]
ROOT_URLCONF = "tests.endpoints.hosted.urls_without_webhooks"

hide_packages()
