"""The test's database in a file, as sites have it, and not shared in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.databases import connection


@pytest.fixture
def sqlite_file(
    transactional_db: None, tmp_path: Path, settings: Any
) -> Iterator[Path]:
    """Copy the empty tables into a file; each thread has a connection of its own."""
    if connection.vendor != "sqlite":
        pytest.skip("is about SQLite")
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "InTurns" not in m]
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    path = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(path)) as copy:
        memory.backup(copy)
    connection.settings_dict["NAME"], connection.connection = str(path), None
    yield path
    connection.close()
    connection.settings_dict["NAME"], connection.connection = name, memory
