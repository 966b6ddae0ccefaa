"""The project of the tests under an ASGI server, with its apps in the database."""

import os

# Needed in a separate process; in the test's own process the settings exist already.
from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE as ALL_MIDDLEWARE
from tests.settings import SOCIALACCOUNT_PROVIDERS, database

# The suite's own middleware is synchronous, and a site does not have it.
MIDDLEWARE = [each for each in ALL_MIDDLEWARE if not each.startswith("tests.")]
ROOT_URLCONF = "tests.asgi.urls"
TTMINIS_MAX_CONCURRENT_CALLS = 128
# Tests decide when TikTok answers, so a slow machine must not time out.
SOCIALACCOUNT_REQUESTS_TIMEOUT = 300
TTMINIS_CORS_PATHS = ("/health/",)
TTMINIS_API_BASE_URL = os.environ.get("SIMULATOR_URL", "")
SOCIALACCOUNT_PROVIDERS = {**SOCIALACCOUNT_PROVIDERS, "ttminis": {}}
if "SQLITE_FILE" in os.environ:
    database["NAME"] = os.environ["SQLITE_FILE"]
    database["OPTIONS"] = {
        "timeout": 60,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA synchronous=OFF",
    }
