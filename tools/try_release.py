"""Log in with the installed package alone, on the simulator that it brings.

``make release-check`` runs this in an environment that has the wheel and nothing else.
"""

from __future__ import annotations

import unittest

import django
from django.conf import settings
from django.core.management import call_command
from django.test.utils import get_runner

settings.configure(
    SECRET_KEY="for this one login",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="try_release_urls",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "ttminis_auth",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "ttminis_auth.middleware.TTMinisMiddleware",
    ],
    AUTHENTICATION_BACKENDS=[
        "allauth.account.auth_backends.AuthenticationBackend",
        "ttminis_auth.backends.TTMinisBackend",
    ],
    SOCIALACCOUNT_PROVIDERS={
        "ttminis": {"APPS": [{"client_id": "mnswheel00000001", "secret": "a secret"}]}
    },
    SOCIALACCOUNT_EMAIL_VERIFICATION="none",
    USE_TZ=True,
)
django.setup()

from django.test import TestCase  # noqa: E402, it needs the settings

from ttminis_auth.testing.kit import TikTokMixin  # noqa: E402


class WheelTest(TikTokMixin, TestCase):
    def test_mia_logs_in(self) -> None:
        user = self.tiktok.log_in(self.client, "mia")
        assert self.client.session["_auth_user_id"] == str(user.pk)


if __name__ == "__main__":
    call_command("check")
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(WheelTest)
    runner = get_runner(settings)()
    runner.setup_test_environment()
    databases = runner.setup_databases()
    result = runner.run_suite(suite)
    runner.teardown_databases(databases)
    raise SystemExit(not result.wasSuccessful() or result.testsRun != 1)
