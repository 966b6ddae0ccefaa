"""``manage.py ttminis_refresh``: what it takes, shows, and exits with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.grants import access
from ttminis_auth.management import display
from ttminis_auth.models import Grant
from ttminis_auth.tokens.refresh_all import due

pytestmark = pytest.mark.django_db


@pytest.fixture
def out():
    return StringIO()


@pytest.fixture
def run(out):
    """Run the command with one worker and return what it printed."""

    def run(*args):
        call_command("ttminis_refresh", "--workers=1", *args, stdout=out)
        return out.getvalue()

    return run


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    # Not sys itself: between set-up and test, pytest puts its own stderr back.
    terminal = Terminal()
    monkeypatch.setattr(display, "sys", SimpleNamespace(stderr=terminal))
    return terminal


def test_summary_is_one_line(crowd, run):
    crowd(2)

    assert run() == "Done: 2 refreshed.\n"
    assert not due().exists()


def test_nothing_due_is_no_failure(run):
    assert run() == "Done: 0 refreshed.\n"


def test_within_is_in_minutes(crowd, run):
    crowd(access_expires_at=timezone.now() + timedelta(minutes=59))

    assert run("--within", "60") == "Done: 1 refreshed.\n"


def test_limit_ends_the_run_and_is_no_failure(crowd, run):
    crowd(3)

    assert run("--limit", "2") == "Done: 2 refreshed, limit reached.\n"


def test_dry_run_counts_by_app_and_sends_no_request(crowd, run, tiktok):
    crowd(2)
    crowd(1, app="mnsimgame0000002")

    assert run("--dry-run") == (
        "App mnsimdrama000001: 2 due\n"
        "App mnsimgame0000002: 1 due\n"
        "Done: 3 to refresh.\n"
    )
    assert tiktok.requests == []
    assert due().count() == 3


def test_limit_counts_in_a_dry_run_by_what_expires_first(crowd, run):
    crowd(2)
    crowd(2, app="mnsimgame0000002")

    assert run("--dry-run", "--limit", "3") == (
        "App mnsimdrama000001: 2 due\n"
        "App mnsimgame0000002: 1 due\n"
        "Done: 3 to refresh.\n"
    )


def test_failure_shows_in_summary_and_exit_code(crowd, run, out, tiktok):
    crowd(2)
    tiktok.order_fault("error", error="access_denied", times=9)

    with pytest.raises(CommandError, match="run it again"):
        run()

    assert out.getvalue() == "Done: 0 refreshed, 2 failed.\n"


@pytest.mark.parametrize(
    "argument",
    [
        "--limit=0",
        "--limit=\N{ARABIC-INDIC DIGIT ZERO}",
        "--limit=-1",
        "--within=0",
        "--within=soon",
        "--workers=0",
    ],
)
def test_numbers_start_at_one(run, argument):
    with pytest.raises(CommandError, match="from 1"):
        run(argument)


@pytest.mark.parametrize(
    ("argument", "most"),
    [
        ("--workers=33", 32),
        ("--within=527041", 527040),
        ("--within=99999999999999999999", 527040),
        ("--limit=9223372036854775808", 9223372036854775807),
        (f"--limit=1{5000 * '0'}", 9223372036854775807),
    ],
)
def test_numbers_are_bounded(run, argument, most):
    with pytest.raises(CommandError, match=f"at most {most}"):
        run(argument)


def test_largest_numbers_are_taken(crowd, run):
    crowd(1)

    most = "--within=527040", "--limit=9223372036854775807"
    assert run("--dry-run", *most).endswith("Done: 1 to refresh.\n")
    assert run(*most).endswith("Done: 1 refreshed.\n")


# Progress


def test_lines_come_now_and_then(crowd, run, monkeypatch):
    crowd(4)
    seconds = iter([0, 1, 6, 6, 7, 12, 12])
    monkeypatch.setattr(display, "monotonic", lambda: next(seconds))

    assert run().splitlines() == [
        "2 refreshed …",
        "4 refreshed …",
        "Done: 4 refreshed.",
    ]


def test_terminal_gets_a_bar(crowd, run, terminal):
    crowd(3)

    assert run() == "Done: 3 refreshed.\n"
    assert "3/3" in terminal.getvalue()


def test_bar_ends_at_the_limit(crowd, run, terminal):
    crowd(3)

    run("--limit", "2")

    assert "2/2" in terminal.getvalue()


def test_terminal_without_tqdm_gets_lines(crowd, run, terminal, monkeypatch):
    monkeypatch.setattr(display, "tqdm", None)
    monkeypatch.setattr(display, "PACE", 0)
    crowd(1)

    assert run() == "1 refreshed …\nDone: 1 refreshed.\n"
    assert terminal.getvalue() == ""


def test_refresh_runs_where_the_shell_closed_stderr(crowd, run, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    crowd(1)

    assert run() == "Done: 1 refreshed.\n"


@pytest.mark.process
@pytest.mark.measured
def test_tqdm_is_optional():
    without = """import sys; sys.modules["tqdm"] = None
from ttminis_auth.management import display
assert display.tqdm is None"""

    subprocess.run([sys.executable, "-c", without], check=True)


# Stopping


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def number(request):
    """A signal that counts, also where the shell has the tests ignore it."""
    before = signal.signal(request.param, signal.SIG_DFL)
    yield request.param
    signal.signal(request.param, before)


def test_signal_ends_the_run_after_the_grant_in_hand(
    crowd, run, out, monkeypatch, number, tiktok
):
    crowd(3)
    renew = Grant.renew

    def interrupted(self, token_grant):
        # TikTok has answered, and nothing is saved yet.
        before = set(threading.enumerate())
        os.kill(os.getpid(), number)
        for setter in set(threading.enumerate()) - before:
            setter.join(30)
        return renew(self, token_grant)

    monkeypatch.setattr(Grant, "renew", interrupted)

    with pytest.raises(CommandError, match="Stopped by") as ended:
        run()

    assert out.getvalue() == "Done: 1 refreshed, interrupted.\n"
    assert ended.value.returncode == 128 + number
    assert due().count() == 2
    assert all(tiktok.bearer(access(grant)) for grant in Grant.objects.all())
