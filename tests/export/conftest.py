"""A small site to export, and helpers that export it."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.fixtures import DRAMA
from ttminis_auth.export import config
from ttminis_auth.export.files import CONFIG, PAGE, File
from ttminis_auth.export.findings import Finding
from ttminis_auth.export.rules import Rules

API = "https://api.example.com"
SDK = "https://connect.tiktok-minis.com/drama/sdk.js"

HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Drama</title>
<script src="https://connect.tiktok-minis.com/drama/sdk.js"></script>
<script>TTMinis.init({clientKey: "{{ client_key }}"});</script>
"""
# TikTok's upload scan looks for these calls.
CALLS = "TTMinis.login(x); TTMinis.authorize(x, y);"
# The line that a test writes after HEAD and "{% load static %}".
BODY_LINE = 6


class Site:
    """Templates and static files of a project, as files that a test writes."""

    def __init__(self, root: Path) -> None:
        self.templates = root / "templates"
        self.statics = root / "statics"
        self.package = root / "package"
        self.templates.mkdir()
        self.statics.mkdir()
        self.static("drama/login.js", CALLS)

    def page(self, body: str, name: str = "page.html") -> None:
        login = "<script src=\"{% static 'drama/login.js' %}\"></script>"
        text = f"{HEAD}{{% load static %}}\n{body}\n{login}</head></html>\n"
        (self.templates / name).write_text(text)

    def template(self, name: str, text: str) -> None:
        (self.templates / name).write_text(text)

    def static(self, name: str, content: str | bytes) -> None:
        path = self.statics / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def shown(self, name: str = PAGE) -> str:
        return (self.package / name).read_text()

    def names(self) -> list[str]:
        files = (path for path in self.package.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.package).as_posix() for path in files)

    def name_of(self, static: str) -> str:
        """Return the exported name of a static file."""
        stem, _, extension = static.rpartition(".")
        start, end = f"static/{stem}.", f".{extension}"
        (found,) = (n for n in self.names() if n.startswith(start) and n.endswith(end))
        return found


def add(directory: Path, name: str, content: str = "my own") -> Path:
    """Write a file that no export wrote."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def neighbours(site: Site) -> list[str]:
    """Return the names of files beside the package."""
    names = {path.name for path in site.package.parent.iterdir()}
    return sorted(names - {"package", "statics", "templates"})


@pytest.fixture
def site(tmp_path: Path, settings: Any) -> Site:
    site = Site(tmp_path)
    (templates,) = settings.TEMPLATES
    settings.TEMPLATES = [{**templates, "DIRS": [site.templates]}]
    settings.STATICFILES_DIRS = [site.statics]
    site.page("<p>Hello</p>")
    return site


Export = Callable[..., str]


@pytest.fixture
def export(site: Site) -> Export:
    """Run the command; return its output. None stands for no directory."""

    def run(*args: Any, template: str = "page.html", **options: Any) -> str:
        out = StringIO()
        usual = {"api_base": API, "client_key": DRAMA, "stderr": out}
        options = {**usual, **options}
        where = [each for each in args or (site.package,) if each is not None]
        call_command("ttminis_export", template, *where, stdout=out, **options)
        return out.getvalue()

    return run


@pytest.fixture
def refusal(export: Export) -> Export:
    """Run the command, which must fail; return its error."""

    def run(*args: Any, **options: Any) -> str:
        with pytest.raises(CommandError) as refused:
            export(*args, **options)
        return str(refused.value)

    return run


RULES = Rules(frozenset({SDK}), max_megabytes=50)


def valid_package() -> dict[str, File]:
    """Return a package without findings."""
    page = (
        f'<script>TTMinis.init({{clientKey: "{DRAMA}"}})</script>'
        f"<script>{CALLS}</script>"
    )
    return {
        PAGE: File(page.encode(), PAGE),
        CONFIG: File(config.document(DRAMA, [API]), CONFIG),
    }


def findings(name: str, content: str | bytes, rules: Rules = RULES) -> list[Finding]:
    """Return the findings in one file of an otherwise valid package."""
    raw = content.encode() if isinstance(content, str) else content
    package = {**valid_package(), name: File(raw, name)}
    return [f for f in rules.findings(package) if f.source == name]


def objections(name: str, content: str | bytes) -> list[tuple[int | None, str]]:
    """Return line and rule of each finding in a file."""
    return [(finding.line, finding.rule) for finding in findings(name, content)]
