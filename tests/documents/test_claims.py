"""Statements of the documents agree with the code."""

import re
from datetime import timedelta
from typing import Any

import pytest
import references
from django.conf import settings as django_settings
from docutils import nodes

import ttminis_auth
from tests.declared import PROJECT
from tests.documents import DOCS, PAGES, ROOT, blocks, parse
from tests.test_architecture import LAYERS
from ttminis_auth import errors
from ttminis_auth.conf import Settings, conf

README = ROOT / "README.rst"
CONTRIBUTING = ROOT / "CONTRIBUTING.rst"
SETTINGS = sorted(name for name in vars(Settings) if name.startswith("TTMINIS_"))


@pytest.fixture
def defaults(settings: Any) -> dict[str, str]:
    """Return the defaults in the reference of settings, by setting."""
    for name in SETTINGS:
        if hasattr(django_settings, name):
            delattr(settings, name)
    text = "\n".join(references.settings())
    found = re.findall(r"confval:: (\w+)\n.*\n   :default: ``(.*)``$", text, re.M)
    return dict(found)


def test_settings_reference_lists_exactly_the_settings(defaults):
    assert sorted(defaults) == SETTINGS


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_reference_has_the_real_default(name, defaults):
    real = getattr(conf, name)

    written = eval(defaults[name], {"timedelta": timedelta})
    assert written == (list(real) if isinstance(real, tuple | frozenset) else real)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_a_docstring(name):
    assert vars(Settings)[name].__doc__


def test_checks_reference_lists_every_check_with_its_hint():
    sources = (ROOT / "ttminis_auth").rglob("*.py")
    written = " ".join(path.read_text() for path in sources)
    ids = sorted(set(re.findall(r'id="(ttminis_auth\.[EW]\d{3})"', written)))

    text = "\n".join(references.checks())
    assert re.findall(r"^``(ttminis_auth\.\w+)``$", text, re.M) == ids
    assert not re.search(r"\*What to do:\* *$", text, re.M)
    assert len(ids) > 20


def test_commands_reference_lists_every_option():
    text = "\n".join(references.commands())

    commands = (ROOT / "ttminis_auth" / "management" / "commands").glob("ttminis_*.py")
    written = " ".join(path.read_text() for path in commands)
    options = set(re.findall(r'^ +"(--[a-z-]+)"', written, re.M))
    assert len(options) > 10
    assert [name for name in options if f"``{name}" not in text] == []


def test_errors_reference_lists_every_error_code():
    codes = {c.code for c in vars(errors).values() if hasattr(c, "code")}

    assert len(codes) > 10
    text = "\n".join(references.errors())
    assert [code for code in codes if f"``{code}``" not in text] == []


def test_each_generated_reference_is_included_once():
    including = re.compile(r"^\.\. include:: /generated/(\w+)\.rst$", re.M)
    included = [name for page in PAGES for name in including.findall(page.read_text())]

    assert sorted(included) == sorted(each.__name__ for each in references.WRITERS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_compile(page):
    for block in blocks(page, "python"):
        compile(block.astext(), str(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_linked_files_exist(page):
    document = parse(page)
    links = [node["uri"] for node in document.findall(nodes.image)]
    links += [n["refuri"] for n in document.findall(nodes.reference) if "refuri" in n]
    local = [link for link in links if not re.match(r"\w+:|#", link)]

    assert [link for link in local if not (page.parent / link).exists()] == []


def test_readme_has_at_most_120_lines():
    assert len(README.read_text().splitlines()) <= 120


def test_readme_links_only_to_https_urls():
    document = parse(README)
    links = [node["uri"] for node in document.findall(nodes.image)]
    links += [n["refuri"] for n in document.findall(nodes.reference) if "refuri" in n]

    assert [link for link in links if not link.startswith("https://")] == []


def test_readme_links_to_existing_pages():
    site = "https://django-ttminis-auth.readthedocs.io/en/latest/"
    pages = re.findall(rf"{site}([\w/-]+)\.html", README.read_text())

    assert len(pages) > 5
    assert [page for page in pages if not (DOCS / f"{page}.rst").exists()] == []


def test_contributing_lists_every_make_target():
    words = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    listed = re.findall(r"^``make ([a-z-]+)``  ", CONTRIBUTING.read_text(), re.M)

    assert set(words) - {"help", "clean"} == set(listed)


@pytest.mark.parametrize("layer", LAYERS)
def test_contributing_names_each_package_of_a_layer(layer):
    text = CONTRIBUTING.read_text()

    assert [name for name in layer if not re.search(rf"``{name}/?``", text)] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_architecture_diagram_has_each_package_of_a_layer(layer):
    drawn = (DOCS / "explanation" / "architecture.dot").read_text()

    assert [name for name in layer if not re.search(rf"\b{name}\b", drawn)] == []


def test_changelog_begins_with_the_version_of_the_package():
    headings = re.findall(
        r"^(?:Unreleased: )?(\d[\d.]+).*\n-+$", changelog(), re.MULTILINE
    )

    assert headings[0] == ttminis_auth.__version__


def test_oldest_tox_environment_has_the_minimum_versions():
    required = " ".join(PROJECT["dependencies"])
    declared = re.findall(r"([a-z]+)[^\s>]*>=([\d.]+)", required)
    oldest = tox().partition("[testenv:oldest]")[2].partition("commands")[0]

    assert len(declared) == len(PROJECT["dependencies"])
    for name, version in declared:
        assert re.search(rf"^    {name}\S*=={re.escape(version)}", oldest, re.MULTILINE)


def changelog() -> str:
    return (ROOT / "CHANGELOG.rst").read_text()


def tox() -> str:
    return (ROOT / "tox.ini").read_text()
