"""The real import graph, held against the table of the house.

Whoever adds a module gives it a place here first; whoever needs an arrow upwards
has put something on the wrong floor.
"""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

PACKAGE = "ttminis_auth"
ROOT = Path(__file__).parent.parent / PACKAGE

# Imports run downwards, or between modules of one row.
ROWS = (
    # edge
    (
        "urls",
        "apps",
        "checks",
        "receivers",
        "page",
        "templatetags",
        "management",
        "tasks",
        "admin",
    ),
    # faces: translate, decide nothing
    ("views", "backends", "provider", "web", "webhooks", "hosted", "bundle"),
    ("answers", "inputs", "csrf"),  # what the JSON face reads and says
    ("flows",),  # verbs, with all policy
    ("identity", "models", "crypto", "conf", "signals"),  # meaning, storage, knobs
    ("tiktok",),  # what TikTok says
)
# Beside the house: fixtures for users' suites, and the TikTok that they run on.
BESIDE = ("testing", "simulator")
# Written by Django, and read by nobody.
GENERATED = ("migrations",)

FLOOR = {name: number for number, row in enumerate(reversed(ROWS)) for name in row}
FACES = ROWS[1]
EDGES = ("templatetags", "management", "tasks", "admin")

# allauth moves these in every minor release, so each use is wrapped, named and tested.
WRAPPERS_OF_INTERNALS = ("login/allauth_steps.py", "login/rate_limit.py")
READERS_OF_SETTINGS = ("conf.py",)
# Of the database "default", unless they are told another one.
TRANSACTIONS = {"django.db.transaction", "django.db.connection"}
NAMERS_OF_A_DATABASE = ("core/database.py", "core/counts.py", "checks/apps.py")


def source_files(*, without: tuple[str, ...] = ()) -> list[str]:
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
    return sorted(str(path) for path in paths if path.parts[0] not in without)


HAND_WRITTEN = source_files(without=GENERATED)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, include_external_packages=True, cache_dir=None)


@pytest.fixture(scope="module")
def arrows(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Return importer and imported, as full module names."""
    return {
        (a, b)
        for a in graph.modules
        for b in graph.find_modules_directly_imported_by(a)
    }


@pytest.fixture(scope="module")
def inner(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the arrows between top-level modules of the package, without its name."""
    pairs = {(top(a), top(b)) for a, b in arrows}
    return {(a, b) for a, b in pairs if a and b and a != b}


def top(module: str) -> str:
    """Return the package's own top-level name, empty for anything outside."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == PACKAGE else ""


@cache
def parse(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), path)


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Yield every dotted name that an import statement mentions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def deferred_imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield function and line for every import below module level."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for inner_node in ast.walk(node):
                if isinstance(inner_node, (ast.Import, ast.ImportFrom)):
                    yield node.name, inner_node.lineno


def test_every_module_has_its_place_in_the_table(graph):
    modules = {
        child.removeprefix(f"{PACKAGE}.") for child in graph.find_children(PACKAGE)
    }

    assert modules == {*FLOOR, *BESIDE, *GENERATED}


def test_imports_run_downwards_only(inner):
    house = [(a, b) for a, b in inner if a in FLOOR and b in FLOOR]

    assert [(a, b) for a, b in house if FLOOR[a] < FLOOR[b]] == []


def test_no_module_imports_itself_in_a_circle(arrows):
    graph: dict[str, set[str]] = {}
    for importer, imported in arrows:
        graph.setdefault(importer, set()).add(imported)

    TopologicalSorter(graph).prepare()


def test_faces_do_not_lean_on_each_other_except_views_on_the_provider(inner):
    between = {(a, b) for a, b in inner if a in FACES and b in FACES}

    assert between <= {("views", "provider")}


def test_edges_do_not_lean_on_each_other_except_tags_on_the_page(inner):
    between = {(a, b) for a, b in inner if a in EDGES and b in ROWS[0]}

    assert between <= {("templatetags", "page")}


def test_only_urls_know_the_views(inner):
    assert {a for a, b in inner if b == "views"} <= {"urls"}


def test_flows_are_handed_the_provider(inner):
    assert ("flows", "provider") not in inner


def test_tiktok_knows_no_django_and_no_allauth(arrows):
    imported = {b for a, b in arrows if top(a) == "tiktok"}

    assert imported.isdisjoint({"django", "allauth"})


def test_simulator_imports_nothing_of_the_package(inner):
    assert {b for a, b in inner if a == "simulator"} == set()


def test_only_testing_imports_the_simulator(inner):
    assert {a for a, b in inner if b == "simulator"} <= {"testing"}


def test_testing_leans_on_the_simulator_only(inner):
    assert {b for a, b in inner if a == "testing"} <= {"simulator"}


def test_nobody_imports_testing(inner):
    assert {a for a, b in inner if b == "testing"} == set()


def imports_of(names: set[str], path: str) -> list[str]:
    return sorted(names & set(imported_names(parse(path))))


def test_only_conf_reads_the_settings():
    settings = {"django.conf.settings", "django.conf"}
    files = source_files(without=("simulator", *GENERATED))
    readers = [path for path in files if imports_of(settings, path)]

    assert set(readers) <= set(READERS_OF_SETTINGS)


def test_internals_of_allauth_are_reached_through_their_wrappers():
    users = {
        path
        for path in HAND_WRITTEN
        for name in imported_names(parse(path))
        if name.startswith("allauth.") and ".internal" in name
    }

    assert users <= set(WRAPPERS_OF_INTERNALS)


def test_transactions_are_opened_where_the_people_are():
    openers = [path for path in HAND_WRITTEN if imports_of(TRANSACTIONS, path)]

    assert set(openers) <= set(NAMERS_OF_A_DATABASE)


def test_imports_stand_at_the_top():
    deferred = [
        (path, name, line)
        for path in HAND_WRITTEN
        for name, line in deferred_imports(parse(path))
        if name != "ready"
    ]

    assert deferred == []
