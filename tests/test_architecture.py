"""The real import graph, held against the layers of the package.

A new package gets its layer here first. An import that has to run upwards shows that
something is in the wrong layer.
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

# Imports run downwards. Packages of one layer do not import each other, but those of
# BASE, where a model keeps encrypted text and errors name models.
LAYERS = (
    # where Django and allauth come in
    ("apps", "urls", "provider", "backends", "receivers", "middleware", "tasks"),
    # edges
    ("admin", "checks", "management", "templatetags"),
    # a framework's answer: translate, decide nothing
    ("endpoints", "web", "webhooks"),
    # a code becomes a session; an authorization ends
    ("login", "removal"),
    # name, picture and union_id after a consent
    ("profile",),
    # one person, several users
    ("linking",),
    # a token that works; what a page gets
    ("tokens", "page"),
    # what more than one job needs
    ("core",),
    # what is stored, what others hear, the settings
    ("models", "identity", "crypto", "signals", "conf", "errors"),
    # what TikTok says
    ("tiktok",),
)
BASE = LAYERS[-2]
# Alone: the export of a TikTok-hosted page, and a simulator with fixtures over it.
APART = ("export", "testing", "simulator")
# Written by Django, and not read.
GENERATED = ("migrations",)

HEIGHT = {name: n for n, layer in enumerate(reversed(LAYERS)) for name in layer}
EDGES = ("admin", "management", "templatetags")

# allauth moves these in every minor release, so each use is wrapped, named and tested.
WRAPPERS_OF_INTERNALS = ("login/allauth_steps.py", "login/rate_limit.py")
READERS_OF_SETTINGS = ("conf.py",)
# Of the database "default", unless they are given another one.
TRANSACTIONS = {"django.db.transaction", "django.db.connection"}
# One module knows in which order.
TAKERS_OF_LOCKS = ("core/locks.py",)
NAMERS_OF_A_DATABASE = (
    "core/database.py",
    "core/counts.py",
    "checks/apps.py",
    "models/prepared.py",
)


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


def names_in(path: str) -> set[str]:
    nodes = ast.walk(parse(path))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_every_module_has_its_layer(graph):
    modules = {
        child.removeprefix(f"{PACKAGE}.") for child in graph.find_children(PACKAGE)
    }

    assert modules == {*HEIGHT, *APART, *GENERATED}


def test_imports_run_downwards_only(inner):
    layered = [(a, b) for a, b in inner if a in HEIGHT and b in HEIGHT]

    assert [(a, b) for a, b in layered if HEIGHT[a] < HEIGHT[b]] == []


def test_no_module_imports_itself_in_a_circle(arrows):
    graph: dict[str, set[str]] = {}
    for importer, imported in arrows:
        graph.setdefault(importer, set()).add(imported)

    TopologicalSorter(graph).prepare()


def test_packages_of_one_layer_do_not_import_each_other(inner):
    layered = {(a, b) for a, b in inner if a in HEIGHT and b in HEIGHT}
    beside = {(a, b) for a, b in layered if HEIGHT[a] == HEIGHT[b] and a not in BASE}

    assert beside <= {("apps", "receivers")}


def test_edges_do_not_lean_on_endpoints(inner):
    assert [(a, b) for a, b in inner if a in EDGES and b == "endpoints"] == []


def test_the_export_imports_nothing_of_the_package(inner):
    assert {b for a, b in inner if a == "export"} == set()


def test_tiktok_knows_no_django_and_no_allauth(arrows):
    imported = {b for a, b in arrows if top(a) == "tiktok"}

    assert imported.isdisjoint({"django", "allauth"})


def test_simulator_imports_nothing_of_the_package(inner):
    assert {b for a, b in inner if a == "simulator"} == set()


def test_only_testing_imports_the_simulator(inner):
    assert {a for a, b in inner if b == "simulator"} <= {"testing"}


def test_testing_leans_on_the_simulator_only(inner):
    assert {b for a, b in inner if a == "testing"} <= {"simulator"}


def test_no_module_imports_testing(inner):
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


def test_locks_are_taken_in_one_module():
    named = [path for path in HAND_WRITTEN if "select_for_update" in names_in(path)]

    assert named == [*TAKERS_OF_LOCKS]


def test_imports_stand_at_the_top():
    deferred = [
        (path, name, line)
        for path in HAND_WRITTEN
        for name, line in deferred_imports(parse(path))
        if name != "ready"
    ]

    assert deferred == []
