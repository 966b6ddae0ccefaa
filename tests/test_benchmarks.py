"""The counts of ``python -m benchmarks``; times are for a machine that is at rest."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import unmeasured

pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "benchmarks", "--quick", "--check"]


@pytest.fixture(scope="module")
def finished():
    return subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=unmeasured.environ(),
        capture_output=True,
        text=True,
        timeout=480,
    )


def test_logins_consents_and_refreshes_keep_to_the_budget(finished):
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    "way",
    [
        "ttminis_auth",
        "allauth's tiktok",
        "social-core",
        "bare view",
        "TTMinis.authorize",
        "over 1 connection",
        "1,000 identities",
        "sessions: db",
        "TikTok-hosted, session tokens",
        "among 1,000 identities",
    ],
)
def test_each_way_has_its_row(finished, way):
    rows = [line.split("  ")[0] for line in finished.stdout.splitlines()]

    assert way in rows


def test_process_starts_are_measured(finished):
    assert "A process starts with " in finished.stdout
