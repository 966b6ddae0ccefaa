"""The project of the tests, for processes whose TikTok is in another one."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import database

TTMINIS_API_BASE_URL = os.environ["SIMULATOR_URL"]
if "SQLITE_FILE" in os.environ:
    database["NAME"] = os.environ["SQLITE_FILE"]
