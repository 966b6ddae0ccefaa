"""The shell sessions of how-to pages and pages for operators work in a project.

The project is the one of both tutorials, as in production: without the rehearsal.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.documents import DOCS, PAGES, ROOT, blocks, parse
from tests.documents.newcomer import Newcomer, save, steps
from tests.documents.test_how_to import write

pytestmark = pytest.mark.process

REHEARSAL = re.compile(
    r"^(?:TTMINIS_SIMULATOR_OPEN|TTMINIS_SDK_URL|TTMINIS_API_BASE_URL|CORS_URLS_REGEX"
    r"|TTMINIS_ORIGIN_SUFFIXES) = .*$|^.*ttminis_auth\.simulator.*$",
    re.MULTILINE,
)
USERS = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_user("mia", pk=42)
"""
ADOPTED = f"""{USERS}
from django.core.management import call_command
open("people.csv", "w").write("open_id,user\\nopen-id-of-mia,42")
call_command("ttminis_adopt", csv="people.csv")
"""
FAILED = """
from datetime import datetime, timezone
from ttminis_auth.models import WebhookDelivery
WebhookDelivery.objects.create(
    pk=7, digest="7", client_key="mnsimdrama000001", result="failed", error="KeyError",
    event="minis.trade_order.redeem.success",
    create_time=datetime(2026, 11, 22, 8, 26, 40, tzinfo=timezone.utc),
)
"""
# Code for ``manage.py shell`` that prepares the site for a page.
BEFORE = {
    "how-to/migrating": USERS,
    "how-to/webhooks": FAILED,
    "operate/privacy": ADOPTED,
}
# Apps that pages use as examples.
APPS = {
    "shop/models.py": """
from django.conf import settings
from django.db import models


class Player(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    tiktok_open_id = models.TextField()
""",
    "accounts/models.py": """
from django.db import models


class User(models.Model):
    tiktok_open_id = models.TextField()
""",
    "At the end of mysite/settings.py": 'INSTALLED_APPS += ["shop", "accounts"]',
}
KEYS = {"TIKTOK_CLIENT_KEY": "mnlive", "TIKTOK_CLIENT_SECRET": "live"}
TYPED = [
    "how-to/going-live",
    "how-to/hosting",
    "how-to/languages",
    "how-to/migrating",
    "how-to/tokens",
    "how-to/webhooks",
    "operate/privacy",
]
# Tested elsewhere: tests of the example run ``make demo`` as a process, and
# tests/origins build the page with Vite.
ELSEWHERE = {
    "README",
    "docs/how-to/spa",
    "docs/how-to/user-models",
    "docs/operate/crowds",
    "docs/start/example",
    "docs/start/hosted",
    "docs/start/installation",
    "docs/start/tutorial",
}


class Operator(Newcomer):
    """A newcomer who fills in the placeholders of a page, and answers yes."""

    def text(self, shown: str) -> str:
        shown = shown.replace("OPEN_ID", "open-id-of-mia")
        return shown.replace("--erase", "--erase --yes")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the project of both tutorials, without the rehearsal."""
    folder = tmp_path_factory.mktemp("site")
    operator = Operator(folder, 0, 0)
    operator.run("python -m django startproject mysite .")
    for section in (*steps("tutorial"), *steps("hosted")):
        write(folder, section)
    for path in folder.glob("mysite/*.py"):
        path.write_text(REHEARSAL.sub("", path.read_text()))
    (folder / "templates" / "drama").mkdir()
    shutil.copy(folder / "templates/hosted.html", folder / "templates/drama/index.html")
    for where, text in APPS.items():
        save(folder, where, text)
    operator.run("python manage.py migrate --run-syncdb")
    return folder


@pytest.mark.parametrize("page", TYPED)
def test_shell_sessions_of_a_page_work(page, site, tmp_path, monkeypatch):
    folder = shutil.copytree(site, tmp_path / "site")
    operator = Operator(folder, 0, 0)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    if page in BEFORE:
        operator.run(f"python manage.py shell --command '{BEFORE[page]}'")

    operator.follow(parse(DOCS / f"{page}.rst"))


def test_each_page_with_a_shell_session_is_tested():
    found = [path for path in PAGES if blocks(path, "console")]
    names = {str(path.relative_to(ROOT).with_suffix("")) for path in found}

    assert names == {*(f"docs/{page}" for page in TYPED), *ELSEWHERE}
