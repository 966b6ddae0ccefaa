"""The project of the benchmark behind a real server, with a page for its health."""

import os

from ..settings import *  # noqa: F403
from ..settings import MIDDLEWARE

ROOT_URLCONF = "benchmarks.stampede.urls"
OURS = "ttminis_auth.middleware.TTMinisMiddleware"
MIDDLEWARE = [OURS, *(name for name in MIDDLEWARE if name != OURS)]
TTMINIS_MAX_CONCURRENT_CALLS = int(os.environ.get("STAMPEDE_BOUND", 4))
