"""The project of the benchmark behind a real server, with a page for its health."""

import os

from ..settings import *  # noqa: F403
from ..settings import DATABASES, MIDDLEWARE

ROOT_URLCONF = "benchmarks.stampede.urls"
MIDDLEWARE = ["ttminis_auth.middleware.TTMinisMiddleware", *MIDDLEWARE]
TTMINIS_MAX_CONCURRENT_CALLS = int(os.environ.get("STAMPEDE_BOUND", 4))
if "STAMPEDE_POOL" in os.environ:
    # As Django asks for under ASGI, where each request has a thread of its own.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": int(os.environ["STAMPEDE_POOL"])}
    }
