"""Where the simulator refuses to be."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
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


def deploy_ids() -> list[str | None]:
    return [message.id for message in run_checks(include_deployment_checks=True)]


@pytest.fixture
def closed(settings: Any) -> None:
    """Settings that say nothing of the simulator, as those of production."""
    del settings.TTMINIS_SIMULATOR_OPEN


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("method", ["get", "post", "options"])
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.usefixtures("closed")
def test_nothing_is_found_where_it_was_not_opened(
    client: Client, settings: Any, name: str, method: str, debug: bool
) -> None:
    settings.DEBUG = debug
    assert getattr(client, method)(address(name)).status_code == 404


@pytest.mark.usefixtures("closed")
def test_mail_in_memory_opens_nothing(client: Client) -> None:
    """Django's locmem backend makes ``mail.outbox`` in production, too."""
    assert hasattr(mail, "outbox")
    assert client.get(address("control")).status_code == 404


@pytest.mark.parametrize("value", ["True", "False", 1, None, [True], False])
def test_only_true_opens_it(client: Client, settings: Any, value: Any) -> None:
    settings.TTMINIS_SIMULATOR_OPEN = value
    assert client.get(address("control")).status_code == 404


def test_switch_opens_it(client: Client, settings: Any) -> None:
    settings.TTMINIS_SIMULATOR_OPEN = True
    assert client.get(address("control")).status_code == 200


@pytest.mark.usefixtures("closed")
def test_fixture_opens_it(client: Client, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("tiktok")
    assert client.get(address("control")).status_code == 200


@pytest.mark.usefixtures("closed")
def test_check_reports_a_closed_simulator() -> None:
    assert "ttminis_auth.E090" in check_ids()
    assert "ttminis_auth.E091" not in deploy_ids()


def test_deployment_check_reports_an_open_one() -> None:
    assert "ttminis_auth.E090" not in check_ids()
    assert "ttminis_auth.E091" in deploy_ids()


@pytest.mark.parametrize(
    ("opened", "debug", "levels"),
    [(True, False, ["CRITICAL"]), (True, True, []), (False, False, [])],
)
def test_process_that_starts_says_that_it_is_open_in_production(
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    opened: bool,
    debug: bool,
    levels: list[str],
) -> None:
    settings.TTMINIS_SIMULATOR_OPEN, settings.DEBUG = opened, debug
    apps.get_app_config("ttminis_simulator").ready()
    assert [record.levelname for record in caplog.records] == levels


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
