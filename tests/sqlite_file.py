"""The test's database in a file, as sites have it, and not shared in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.databases import PEOPLE

# In seconds; Django's default is 5.
BUSY_TIMEOUT = 20


@pytest.fixture
def move_to_file(
    transactional_db: None, settings: Any, tmp_path: Path
) -> Iterator[Callable[[str | None], Path]]:
    """Return a function that moves the test database into a file.

    It takes Django's option ``transaction_mode``. The threads of a site on SQLite share
    a file; those of the other tests share the memory of one connection.
    """
    usual = connections.databases[PEOPLE]
    memory: Any = connections[PEOPLE]
    if memory.vendor != "sqlite":
        pytest.skip("is about SQLite")

    def move(transaction_mode: str | None) -> Path:
        path = tmp_path / "site.sqlite3"
        memory.ensure_connection()
        with closing(sqlite3.connect(path)) as file:
            memory.connection.backup(file)
        options = {"timeout": BUSY_TIMEOUT, "init_command": "PRAGMA synchronous=OFF"}
        if transaction_mode:
            options["transaction_mode"] = transaction_mode
        connections.databases[PEOPLE] = {**usual, "NAME": str(path), "OPTIONS": options}
        connections[PEOPLE] = connections.create_connection(PEOPLE)
        # Here each thread has a connection of its own.
        settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "InTurns" not in m]
        return path

    yield move
    connections[PEOPLE].close()
    connections.databases[PEOPLE] = usual
    connections[PEOPLE] = memory


@pytest.fixture
def sqlite_file(move_to_file: Callable[[str | None], Path]) -> Path:
    """Move the test database into a file, with Django's usual transactions."""
    return move_to_file(None)
