"""The project of the benchmark behind a real server, with a page for its health."""

import os

from ..settings import *  # noqa: F403
from ..settings import MIDDLEWARE

ROOT_URLCONF = "benchmarks.stampede.urls"
MIDDLEWARE.insert(0, MIDDLEWARE.pop())
TTMINIS_MAX_CONCURRENT_CALLS = int(os.environ.get("STAMPEDE_BOUND", 4))
