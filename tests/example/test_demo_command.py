from pathlib import Path

import requests

from tests.example.conftest import Demo, manage, running
from tests.ports import reserved_port


def test_the_demo_command_prints_the_urls(demo: Demo) -> None:
    text = demo.terminal.read_text()
    for path in ("/ ", "/game/ ", "/tiktok/ ", "/accounts/login/ ", "/admin/ "):
        assert demo.url + path in text


def test_the_demo_command_prints_both_urls_of_the_board(demo: Demo) -> None:
    lines = demo.terminal.read_text().splitlines()
    for address, text in (
        (f"{demo.url}/board/", "session cookie"),
        (f"{demo.hosted()}/", "no cookie"),
    ):
        assert text in lines[lines.index(f"  {address}") + 1]


def test_the_demo_command_prints_the_password_only_once(
    demo: Demo, tmp_path: Path
) -> None:
    with running(demo.database, tmp_path / "terminal.txt") as again:
        assert demo.password not in again.terminal.read_text()


def test_the_site_keeps_its_own_names_of_static_files(demo: Demo) -> None:
    icon = requests.get(f"{demo.url}/favicon.ico", timeout=30)
    assert icon.url == f"{demo.url}/static/drama/icon.svg"
    assert icon.ok


def test_the_demo_command_prints_no_requests(demo: Demo) -> None:
    before = demo.terminal.read_text()
    requests.get(demo.url, timeout=30).raise_for_status()
    assert demo.terminal.read_text() == before


def test_a_busy_port_is_explained_and_nothing_is_created(
    demo: Demo, tmp_path: Path
) -> None:
    database = tmp_path / "db.sqlite3"
    second = manage("demo", PORT=str(demo.port), EXAMPLE_DB=str(database))
    assert second.returncode == 1
    assert f" PORT={demo.port + 2} make demo" in second.stderr
    assert not database.exists()


def test_a_busy_second_port_is_explained_and_nothing_is_created(
    demo: Demo, tmp_path: Path
) -> None:
    database = tmp_path / "db.sqlite3"
    with reserved_port() as port:
        ports = {"PORT": str(port), "BUNDLE_PORT": str(demo.hosted_port)}
        second = manage("demo", **ports, EXAMPLE_DB=str(database), TMPDIR=str(tmp_path))
    assert second.returncode == 1
    assert f" BUNDLE_PORT={demo.hosted_port + 1} make demo" in second.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_exported_page_is_deleted_when_the_demo_ends(tmp_path: Path) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    environment = {"TMPDIR": str(place)}
    with running(tmp_path / "db.sqlite3", tmp_path / "terminal.txt", **environment):
        (package,) = place.iterdir()
        assert (package / "index.html").is_file()
    assert list(place.iterdir()) == []


def test_the_example_s_migrations_are_complete(tmp_path: Path) -> None:
    check = manage("makemigrations", "--check", EXAMPLE_DB=str(tmp_path / "db.sqlite3"))
    assert check.returncode == 0, check.stdout + check.stderr
