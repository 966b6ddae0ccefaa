"""Where the simulator refuses to be."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

import ttminis_auth.simulator
from ttminis_auth.simulator.urls import urlpatterns
from ttminis_auth.simulator.world import World

SIMULATOR = Path(ttminis_auth.simulator.__file__).parent
LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
MODULES = sorted(SIMULATOR.rglob("*.py"))
VIEWS = [str(pattern.name) for pattern in urlpatterns]


def address(name: str) -> str:
    arguments = ["mia"] if name == "avatar" else []
    return reverse(f"ttminis_simulator:{name}", args=arguments)


def check_ids() -> list[str | None]:
    return [message.id for message in run_checks()]


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Neither DEBUG nor a test run, as far as the simulator can tell."""
    settings.DEBUG = False
    monkeypatch.delattr(mail, "outbox")


@pytest.mark.parametrize("method", ["get", "post", "options"])
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.usefixtures("production")
def test_nothing_is_found_in_production(client: Client, name: str, method: str) -> None:
    assert getattr(client, method)(address(name)).status_code == 404


@pytest.mark.usefixtures("production")
def test_debug_opens_the_simulator(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    assert client.get(address("control")).status_code == 200


@pytest.mark.usefixtures("production")
def test_check_reports_a_simulator_in_production() -> None:
    assert "ttminis_auth.E090" in check_ids()


@pytest.mark.usefixtures("production")
def test_check_is_content_with_debug(settings: Any) -> None:
    settings.DEBUG = True
    assert "ttminis_auth.E090" not in check_ids()


def test_check_is_content_during_tests() -> None:
    assert "ttminis_auth.E090" not in check_ids()


@pytest.mark.django_db
@pytest.mark.parametrize("name", VIEWS)
def test_login_required_everywhere_does_not_block_it(
    client: Client, tiktok: World, settings: Any, name: str
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN_REQUIRED]
    answer = client.post(address(name))
    assert "login" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_module_imports_nothing_of_the_package(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = [n for node in nodes if isinstance(node, ast.Import) for n in node.names]
    names = [alias.name for alias in plain]
    names += [str(n.module) for n in nodes if isinstance(n, ast.ImportFrom)]
    ours = [name for name in names if name.startswith("ttminis_auth")]
    assert all(name.startswith("ttminis_auth.simulator") for name in ours)
    assert not any(n.level for n in nodes if isinstance(n, ast.ImportFrom))
