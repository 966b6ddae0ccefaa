"""The same work as a Django task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from ttminis_auth.tasks import refresh_tokens
from ttminis_auth.tokens.refresh_all import due

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parent.parent.parent

# Neither of the two modules can be imported.
WITHOUT_TASKS = """
import sys
sys.modules["django.tasks"] = sys.modules["django_tasks"] = None
import django
django.setup()
import ttminis_auth.tasks
"""


def test_task_refreshes_what_is_due(crowd):
    crowd(2)

    result = refresh_tokens.enqueue(workers=1)

    assert result.is_finished
    assert result.return_value == {
        "refreshed": 2,
        "dead": 0,
        "failed": 0,
        "refused_apps": [],
        "end": "done",
    }
    assert not due().exists()


def test_arguments_are_those_of_the_command(crowd):
    crowd(2)

    result = refresh_tokens.enqueue(within_minutes=5, limit=1, workers=1)

    assert result.return_value["end"] == "limit reached"


def test_task_fails_when_something_is_left(crowd, tiktok):
    crowd(1)
    tiktok.order_fault("error", error="access_denied", times=9)

    result = refresh_tokens.enqueue(workers=1)

    assert result.status == "FAILED"
    assert "SomeLeft: 0 refreshed, 1 failed" in result.errors[0].traceback


@pytest.mark.process
@pytest.mark.measured
def test_without_a_task_framework_the_import_says_what_to_install():
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT_TASKS],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
    )

    assert finished.returncode == 1
    assert "django-ttminis-auth[tasks]" in finished.stderr.splitlines()[-1]


def test_nothing_of_the_package_imports_the_tasks():
    graph = grimp.build_graph("ttminis_auth", cache_dir=None)

    assert graph.find_modules_that_directly_import("ttminis_auth.tasks") == set()
