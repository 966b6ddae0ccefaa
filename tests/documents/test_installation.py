"""The installation page works when typed word by word into an existing site."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from docutils import nodes

from tests.chromium import running
from tests.documents import DOCS, ROOT, blocks
from tests.documents.newcomer import Newcomer, save, steps
from tests.ports import reserved_port

pytestmark = pytest.mark.process

HOME = """
from django.views.generic import TemplateView
urlpatterns += [
    path("", TemplateView.as_view(template_name="home.html")),
    path("waits/", TemplateView.as_view(template_name="waits.html")),
]
"""
TEMPLATES = 'TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]'
BUTTON = "button[data-ttminis=login]"


class Owner(Newcomer):
    """A developer whose site has a page at its root."""

    def begin(self) -> None:
        self.run("python -m django startproject mysite .")
        save(
            self.folder,
            "At the end of mysite/urls.py",
            f"from django.urls import path{HOME}",
        )
        save(self.folder, "At the end of mysite/settings.py", TEMPLATES)

    def change(self, block: nodes.literal_block, file: str) -> None:
        """Add lines to a file; ``# ...`` stands for its existing entries."""
        lines = re.sub(
            r"^(\w+) = \[\n +# \.\.\.$",
            r"\1 = [\n    *\1,",
            self.text(block.astext()),
            flags=re.MULTILINE,
        )
        save(self.folder, f"At the end of {file}", lines)

    def add_page_without_silent_login(self) -> None:
        """Make a second page without a silent login, as the page describes."""
        shown = (self.folder / "templates" / "home.html").read_text()
        waits = shown.replace("{% ttminis_sdk %}", "{% ttminis_sdk silent=False %}")
        assert waits != shown
        save(self.folder, "templates/waits.html", waits)

    def follow(self, section: nodes.Element, choice: str = "") -> None:
        for block in section.findall(nodes.literal_block):
            where = block.get("title", "")
            if where.startswith("In "):
                self.change(block, where.removeprefix("In "))
            elif where:
                save(self.folder, where, block.astext())
            elif "console" in block["classes"]:
                self.type_all(self.text(block.astext()))


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    """Follow the installation page to its end."""
    simulator = blocks(DOCS / "how-to" / "simulator.rst", "python")
    with reserved_port() as port, reserved_port() as other_port:
        owner = Owner(tmp_path_factory.mktemp("site"), port, other_port)
        owner.begin()
        *before, start = steps("installation")
        for step in before:
            owner.follow(step)
        owner.add_page_without_silent_login()
        for block, file in zip(simulator, ["settings", "urls"], strict=True):
            owner.change(block, f"mysite/{file}.py")
        owner.follow(start)
        yield owner
        owner.leave()


def test_readme_and_installation_have_the_same_settings():
    installation = blocks(DOCS / "start" / "installation.rst", "python")
    readme = blocks(ROOT / "README.rst", "python")

    wanted = installation[0].astext().replace("# From TikTok's developer portal.\n", "")
    assert readme[0].astext() == wanted


@pytest.mark.browser
def test_installed_page_logs_in_at_the_simulator(owner):
    with running().new_context() as laptop:
        page = laptop.new_page()
        page.goto(owner.url)
        page.wait_for_selector("text=Welcome, user_")

        assert page.locator(BUTTON).count() == 0


@pytest.mark.browser
def test_installed_page_without_silent_login_has_a_button(owner):
    with running().new_context() as laptop:
        page = laptop.new_page()
        page.goto(f"{owner.url}/waits/")
        page.click(BUTTON)
        page.wait_for_selector("text=Welcome, user_")
