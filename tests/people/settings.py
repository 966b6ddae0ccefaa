"""The test project with ``allauth.usersessions``, and users of its own."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "allauth.usersessions", "tests.people"]
AUTH_USER_MODEL = "people.Person"
