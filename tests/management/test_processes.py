"""Commands in processes of their own, as a shell and a supervisor see them."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from django.utils import timezone

from tests.databases import connection
from tests.grants import access
from tests.tokens.conftest import crowd as crowd  # a fixture
from tests.tokens.processes import ROOT, environment, eventually
from ttminis_auth.models import Grant, WebhookDelivery
from ttminis_auth.tokens.refresh_all import due

pytestmark = [pytest.mark.process, pytest.mark.django_db(transaction=True)]

# What Python takes for a terminal that knows ASCII only.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
COMMAND = f"exec {sys.executable} -m django"


@pytest.fixture
def file(tmp_path):
    """A file in which other processes find the database, where that is in memory."""
    with closing(sqlite3.connect(tmp_path / "site.sqlite3")) as file:
        yield file


@pytest.fixture
def start(tmp_path, file, tiktok_server):
    """Start a line of the shell on the database of this test."""
    environ = {**environment(tiktok_server.url), **ASCII}
    environ.pop("PYTHONIOENCODING", None)
    if connection.vendor == "sqlite":
        environ["SQLITE_FILE"] = str(tmp_path / "site.sqlite3")

    def run(line):
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            connection.connection.backup(file)
        command = ["bash", "-c", f"set -o pipefail; {line}"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe, text=True
        )

    return run


@pytest.fixture
def many_failed():
    """More deliveries than a pipe has room for, with a letter beyond ASCII."""
    common = {"client_key": "mn1", "event": f"{90 * 'x'}😀", "result": "failed"}
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(digest=f"{n:064}", create_time=timezone.now(), **common)
        for n in range(2000)
    )


@pytest.mark.usefixtures("many_failed")
def test_head_gets_a_line_of_ascii_and_no_traceback_follows(start):
    listing = start(f"{COMMAND} ttminis_webhooks | head -1")
    out, err = listing.communicate(timeout=300)

    assert out.count("\n") == 1
    assert "x\\U0001f600, " in out
    assert err == ""
    assert listing.returncode == 128 + signal.SIGPIPE


def test_sigterm_lets_the_rotation_under_way_be_stored(crowd, start, tiktok, file):
    crowd(3)
    tiktok.order_fault("slow", times=1, seconds=300)

    run = start(f"{COMMAND} ttminis_refresh --workers 1")
    eventually(lambda: tiktok.requests)
    run.send_signal(signal.SIGTERM)
    tiktok.release()
    out, err = run.communicate(timeout=300)
    if connection.vendor == "sqlite":
        file.backup(connection.connection)

    assert out == "Done: 1 refreshed, interrupted.\n"
    assert "Stopped by SIGTERM" in err
    assert "Traceback" not in err
    assert run.returncode == 128 + signal.SIGTERM
    assert due().count() == 2
    assert all(tiktok.bearer(access(grant)) for grant in Grant.objects.all())
