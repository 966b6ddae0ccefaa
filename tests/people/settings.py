"""The test project with ``allauth.usersessions``, and users of its own."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "allauth.usersessions",
    "django.contrib.humanize",
    "tests.people",
]
AUTH_USER_MODEL = os.environ.get("TEST_USER_MODEL") or "people.Person"
# What allauth's documentation asks for where a model has other columns.
if AUTH_USER_MODEL == "people.Subscriber":
    SOCIALACCOUNT_EMAIL_REQUIRED = False
    ACCOUNT_USER_MODEL_USERNAME_FIELD = None
    ACCOUNT_LOGIN_METHODS = {"email"}
    ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
elif AUTH_USER_MODEL == "people.Player":
    ACCOUNT_USER_MODEL_USERNAME_FIELD = "nickname"
    ACCOUNT_USER_MODEL_EMAIL_FIELD = None
    ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
