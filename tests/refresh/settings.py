"""The project of the tests, for processes whose TikTok is in another one."""

import os

from tests.settings import *  # noqa: F403

TTMINIS_API_BASE_URL = os.environ["SIMULATOR_URL"]
if "SQLITE_FILE" in os.environ:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["SQLITE_FILE"],
        }
    }
