"""A site under three ASGI servers, with its app in the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp

from tests.asgi import settings as asgi_settings
from tests.asgi.servers import Handler, Site, running
from tests.databases import connection
from tests.fixtures import DRAMA
from tests.sqlite_file import move_to_file as move_to_file  # fixtures
from tests.sqlite_file import sqlite_file as sqlite_file
from tests.tokens.processes import environment

CHANGED = (
    "MIDDLEWARE",
    "ROOT_URLCONF",
    "SOCIALACCOUNT_REQUESTS_TIMEOUT",
    "SOCIALACCOUNT_PROVIDERS",
    "TTMINIS_CORS_PATHS",
    "TTMINIS_MAX_CONCURRENT_CALLS",
)


@pytest.fixture
def database(request: Any, transactional_db: None) -> dict[str, str]:
    """Share the test's database with other threads and processes."""
    environ = {}
    if connection.vendor == "sqlite":
        environ["SQLITE_FILE"] = str(request.getfixturevalue("sqlite_file"))
    SocialApp.objects.create(
        provider="ttminis", client_id=DRAMA, secret="simulated-drama-secret"
    )
    return environ


@pytest.fixture
def in_process(database: dict[str, str], tiktok: Any, settings: Any) -> Handler:
    for name in CHANGED:
        setattr(settings, name, getattr(asgi_settings, name))
    return Handler()


@pytest.fixture(
    params=[
        "handler",
        pytest.param("uvicorn", marks=pytest.mark.process),
        pytest.param("daphne", marks=pytest.mark.process),
    ]
)
def site(
    request: Any,
    database: dict[str, str],
    tiktok: Any,
    tiktok_server: Any,
    tmp_path: Path,
) -> Iterator[Site]:
    if request.param == "handler":
        yield request.getfixturevalue("in_process")
        return
    environ = environment(tiktok_server.url) | database
    environ["DJANGO_SETTINGS_MODULE"] = "tests.asgi.settings"
    with running(request.param, environ, tmp_path / "log") as remote:
        yield remote
