"""The Celery example of the documentation, with a real worker, beat, and Redis."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from tests.databases import connection
from tests.documents import DOCS, blocks
from tests.ports import reserved_port
from tests.requirements import missing
from tests.tokens.processes import ROOT, environment, eventually
from ttminis_auth.models import Grant

pytestmark = [
    pytest.mark.process,
    pytest.mark.redis,
    pytest.mark.django_db(transaction=True),
]

DOCUMENT = DOCS / "how-to" / "background.rst"

# Beat waits five minutes before its first turn, and a test does not.
AT_ONCE = '\napp.conf.beat_schedule["tiktok-tokens"]["schedule"] = 0.2\n'


@pytest.fixture
def redis(tmp_path):
    """The address of a Redis of our own."""
    executable = shutil.which("redis-server")
    if executable is None:
        missing("needs Redis: redis-server is not installed")
    with reserved_port() as port:
        command = [executable, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        eventually(lambda: answers(port))
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()
        server.wait(60)


def answers(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def example():
    (block,) = (
        block
        for block in blocks(DOCUMENT, "python")
        if block["title"] == "mysite/celery.py"
    )
    return block.astext()


@pytest.fixture
def celery(tmp_path, tiktok_server, redis):
    """Run the worker of the example, with beat in it; returns when it has ended."""
    (tmp_path / "mysite.py").write_text(example() + AT_ONCE)
    environ = {
        **environment(tiktok_server.url),
        "CELERY_BROKER_URL": redis,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]),
        "SQLITE_FILE": str(tmp_path / "site.sqlite3"),
    }
    options = ["--beat", "--pool=solo", f"--schedule={tmp_path / 'schedule'}"]
    command = [sys.executable, "-m", "celery", "--app=mysite", "worker", *options]
    if connection.vendor != "sqlite":
        del environ["SQLITE_FILE"]

    @contextmanager
    def run():
        with open(tmp_path / "log", "wb") as log:
            worker = subprocess.Popen(
                command, cwd=tmp_path, env=environ, stdout=log, stderr=log
            )
            try:
                yield
            finally:
                worker.terminate()
                worker.wait(60)

    return run


def issued_at(directory):
    """Read it where the worker wrote it."""
    if connection.vendor != "sqlite":
        return Grant.objects.values_list("issued_at").get()
    with closing(sqlite3.connect(directory / "site.sqlite3")) as file:
        return file.execute("SELECT issued_at FROM ttminis_auth_grant").fetchone()


def put_on_disk(directory):
    """Copy a database that is in the memory of this process."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(directory / "site.sqlite3")) as file:
            connection.connection.backup(file)


def test_example_of_the_documentation_refreshes_what_is_due(
    crowd, celery, tiktok, tmp_path
):
    crowd()
    put_on_disk(tmp_path)
    before = issued_at(tmp_path)

    with celery():
        eventually(lambda: issued_at(tmp_path) > before)

    assert len(tiktok.requests) == 1
