"""Projects whose settings hold for a whole process, each in a process of its own.

Which user model there is, and which packages, is found out when Django starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.people.needs import USERS

pytestmark = [pytest.mark.process, pytest.mark.measured]

ROOT = Path(__file__).parent.parent
# No more than these need: what only one test of the suite needs takes a second to load.
COMMAND = [
    "-m",
    "pytest",
    "-q",
    "-n0",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:schemathesis",
]

SITES = [
    "tests/core/client_apps/sites/cases.py",
    "tests/web/sites/cases.py",
    "tests/webhooks/cases_of_sites.py",
]
NO_ADMIN = "tests/admin/without/cases.py"
NOT_HOSTED = "tests/endpoints/hosted/without/cases.py"

PROJECTS = {
    "several sites": ("tests.core.client_apps.sites.settings", SITES, "", ""),
    "neither admin nor headless": (
        "tests.endpoints.hosted.without.settings",
        [NO_ADMIN, NOT_HOSTED],
        "",
        "",
    ),
    "packages are missing": (
        "tests.endpoints.hosted.without.settings",
        [NOT_HOSTED],
        "",
        "corsheaders jwt",
    ),
    "headless alone": (
        "tests.endpoints.hosted.without.headless_settings",
        ["tests/endpoints/hosted/without/headless_cases.py", NO_ADMIN],
        "-k not(report_nothing)",
        "corsheaders jwt",
    ),
}


USER_MODELS = sorted({name for like in USERS.values() for name in like.models})
CASES = "tests/people/cases.py"
# What others go through. Keys that are no numbers, and allauth.usersessions, are met in
# the suite as well.
OTHER_CASES = {
    "Colleague": ["tests/people/without_room.py"],
    "Person": [
        CASES,
        "tests/admin/secrets/test_user_sessions.py",
        "tests/admin/test_identity_search.py",
        "tests/core/test_sessions.py",
    ],
}


@pytest.mark.parametrize("model", USER_MODELS)
def test_package_works_with_the_user_model(model: str) -> None:
    options = ["--no-migrations", *OTHER_CASES.get(model, [CASES])]
    run("tests.people.settings", *options, TEST_USER_MODEL=f"people.{model}")


@pytest.mark.parametrize("project", PROJECTS)
def test_package_works_in_a_project_with(project: str) -> None:
    settings, paths, options, missing = PROJECTS[project]
    run(settings, *options.split(), *paths, MISSING_PACKAGES=missing)


def run(settings: str, *arguments: str, **variables: str) -> None:
    command = [sys.executable, *COMMAND, "--ds", settings, *arguments]
    # In memory, whatever this process uses: two would fight over one test database.
    env = {**os.environ, "TEST_DATABASE": "", **variables}

    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
