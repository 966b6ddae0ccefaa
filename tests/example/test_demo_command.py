from pathlib import Path

import requests

from tests.example.conftest import Demo, manage, running


def test_terminal_says_what_to_open(demo: Demo) -> None:
    text = demo.terminal.read_text()
    for path in ("/ ", "/game/ ", "/tiktok/ ", "/accounts/login/ ", "/admin/ "):
        assert demo.url + path in text


def test_password_is_printed_only_when_the_admin_is_created(
    demo: Demo, tmp_path: Path
) -> None:
    with running(demo.database, tmp_path / "terminal.txt") as again:
        assert demo.password not in again.terminal.read_text()


def test_requests_leave_the_terminal_quiet(demo: Demo) -> None:
    before = demo.terminal.read_text()
    requests.get(demo.url, timeout=30).raise_for_status()
    assert demo.terminal.read_text() == before


def test_busy_port_is_explained_and_nothing_is_created(
    demo: Demo, tmp_path: Path
) -> None:
    database = tmp_path / "db.sqlite3"
    second = manage("demo", PORT=str(demo.port), EXAMPLE_DB=str(database))
    assert second.returncode == 1
    assert f"PORT={demo.port + 1} make demo" in second.stderr
    assert not database.exists()


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    check = manage("makemigrations", "--check", EXAMPLE_DB=str(tmp_path / "db.sqlite3"))
    assert check.returncode == 0, check.stdout + check.stderr
