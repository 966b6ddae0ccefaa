"""Projects made from the how-to pages pass the test suites of these pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
import pytest
from docutils import nodes

from tests import unmeasured
from tests.documents import DOCS, ROOT, parse
from tests.documents.newcomer import Newcomer, save, steps

pytestmark = pytest.mark.process

PAGES = Path(__file__).parent / "pages"
KEYS = {
    "TIKTOK_CLIENT_KEY": "mnsimdrama000001",
    "TIKTOK_CLIENT_SECRET": "simulated-drama-secret",
}
# Pages with compatible settings share a project, because starting one takes seconds.
PROJECTS = {
    "anything": [
        "going-live",
        "background",
        "frameworks",
        "migrating",
        "payments",
        "testing",
        "theming",
        "web-login",
    ],
    "proxies": ["proxies"],
    "sites": ["several-sites"],
}
USER_MODELS = [
    "a unique e-mail address",
    "an e-mail address as login",
    "no e-mail address",
]
POLICIES = {"django-csp": "with_django_csp.html", "Django 6": "with_django.html"}

REST = """
urlpatterns += [path("hooks/tiktok/", include("ttminis_auth.webhooks.urls"))]
"""
FIXTURES = 'pytest_plugins = ["ttminis_auth.testing.fixtures"]\n'


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of both tutorials, with the webhook."""
    folder = tmp_path_factory.mktemp("tutorial")
    command = [sys.executable, "-m", "django", "startproject", "mysite", str(folder)]
    subprocess.run(command, check=True)
    for section in (*steps("tutorial"), *steps("hosted")):
        write(folder, section)
    save(folder, "At the end of mysite/urls.py", REST)
    save(folder, "conftest.py", FIXTURES)
    return folder


def write(folder: Path, shown: nodes.Element, choice: str = "") -> None:
    """Save each file of the page, and of several alternatives the chosen one."""
    for block in shown.findall(nodes.literal_block):
        where, _, of_choice = block.get("title", "").partition(", with ")
        if where and of_choice in ("", choice):
            save(folder, where, block.astext())


def run(folder: Path, *pages: str, **variables: str) -> None:
    for page in pages:
        suite = page.replace("-", "_") + ".py"
        if (PAGES / suite).exists():
            shutil.copy(PAGES / suite, folder / f"test_{suite}")
    command = [sys.executable, "-m", "pytest", "-q", "--ds=mysite.settings"]
    command += ["--no-migrations", "--tb=short"]
    plugins = ["no:cacheprovider", "no:randomly", "no:schemathesis", "no:xdist"]
    options = [word for plugin in plugins for word in ("-p", plugin)]
    path = f"{folder}:{ROOT}"
    done = subprocess.run(
        [*command, *options, f"--rootdir={folder}", "-c", os.devnull, str(folder)],
        cwd=folder,
        env={**unmeasured.environ(), **KEYS, **variables, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("project", PROJECTS)
def test_project_of_how_to_pages_passes_their_tests(project, tutorial, tmp_path):
    folder = shutil.copytree(tutorial, tmp_path / "project")
    pages = PROJECTS[project]
    for page in pages:
        write(folder, parse(DOCS / "how-to" / f"{page}.rst"))

    run(folder, *pages)


@pytest.mark.parametrize("choice", USER_MODELS)
def test_project_of_the_user_models_page_passes_its_tests(choice, tutorial, tmp_path):
    folder = shutil.copytree(tutorial, tmp_path / "project")
    newcomer = Newcomer(folder, 0, 0)
    newcomer.follow(parse(DOCS / "how-to" / "user-models.rst"), choice)

    run(folder, "user-models")


@pytest.mark.parametrize("choice", POLICIES)
def test_project_of_the_csp_page_passes_its_tests(choice, tutorial, tmp_path):
    if choice == "Django 6" and django.VERSION < (6,):
        pytest.skip("Django 5.2 has no Content-Security-Policy")
    folder = shutil.copytree(tutorial, tmp_path / "project")
    write(folder, parse(DOCS / "how-to" / "csp.rst"), choice)

    run(folder, "csp", CSP_TEMPLATE=POLICIES[choice])
