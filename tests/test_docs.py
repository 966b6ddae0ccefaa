"""What the documents claim, compared with the code."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from docutils import nodes
from docutils.core import publish_doctree

import ttminis_auth
from tests.test_architecture import LAYERS
from ttminis_auth.conf import Settings, conf

ROOT = Path(__file__).parent.parent
README = ROOT / "README.rst"
CONTRIBUTING = ROOT / "CONTRIBUTING.rst"
SETTINGS_PAGE = ROOT / "docs" / "settings.rst"
PAGES = [README, CONTRIBUTING, *sorted((ROOT / "docs").glob("*.rst"))]
SETTINGS = sorted(name for name in vars(Settings) if name.startswith("TTMINIS_"))


def is_settings_table(table: nodes.table) -> bool:
    head = next(iter(table.findall(nodes.thead)), None)
    return head is not None and head.astext().lower().startswith("setting")


def literals(row: nodes.row) -> list[str]:
    """Return the first piece of code in each cell that has one."""
    found = (next(iter(cell.findall(nodes.literal)), None) for cell in row.children)
    return [literal.astext() for literal in found if literal is not None]


def parse(path: Path) -> nodes.document:
    overrides = {"report_level": 2, "halt_level": 2}
    return publish_doctree(path.read_text(), settings_overrides=overrides)


@pytest.fixture(scope="module")
def readme() -> nodes.document:
    return parse(README)


@pytest.fixture(scope="module")
def defaults() -> dict[str, str]:
    """Return the second column of the settings table by the first."""
    (table,) = filter(is_settings_table, parse(SETTINGS_PAGE).findall(nodes.table))
    (body,) = table.findall(nodes.tbody)
    rows = [literals(row) for row in body.findall(nodes.row)]
    return {name: default for name, default, *_ in rows}


def test_page_of_the_settings_lists_every_setting_and_no_other(defaults):
    assert sorted(defaults) == SETTINGS


@pytest.mark.parametrize("name", SETTINGS)
def test_page_of_the_settings_gives_the_real_default(name, defaults, settings):
    if hasattr(django_settings, name):
        delattr(settings, name)

    assert eval(defaults[name], {"timedelta": timedelta}) == getattr(conf, name)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_says_what_it_means(name):
    assert vars(Settings)[name].__doc__


def test_page_of_the_checks_lists_every_check_and_no_other():
    sources = (ROOT / "ttminis_auth").rglob("*.py")
    written = " ".join(path.read_text() for path in sources)
    ids = sorted(set(re.findall(r'id="(ttminis_auth\.[EW]\d{3})"', written)))

    listed = parse(ROOT / "docs" / "checks.rst").findall(nodes.literal)
    assert [x for x in (n.astext() for n in listed) if x in ids] == ids
    assert len(ids) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_the_documents_is_python(page):
    blocks = parse(page).findall(nodes.literal_block)

    for block in (b for b in blocks if "python" in b["classes"]):
        compile(block.astext(), str(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_the_documents_point_to_exist(page):
    document = parse(page)
    links = [node["uri"] for node in document.findall(nodes.image)]
    links += [n["refuri"] for n in document.findall(nodes.reference) if "refuri" in n]
    local = [link for link in links if not re.match(r"\w+:|#", link)]

    assert [link for link in local if not (page.parent / link).exists()] == []


def test_readme_shows_python(readme):
    blocks = readme.findall(nodes.literal_block)

    assert any("python" in block["classes"] for block in blocks)


def test_readme_is_short_enough_to_be_read():
    assert len(README.read_text().splitlines()) <= 200


def test_contributors_are_told_every_word_of_the_makefile():
    words = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    told = re.findall(r"^``make ([a-z-]+)``  ", CONTRIBUTING.read_text(), re.M)

    assert set(words) - {"help", "clean"} == set(told)


@pytest.mark.parametrize("layer", LAYERS)
def test_contributors_are_told_what_is_in_each_layer(layer):
    told = CONTRIBUTING.read_text()

    assert [name for name in layer if not re.search(rf"``{name}/?``", told)] == []


def test_changelog_leads_with_the_version_of_the_package():
    headings = re.findall(
        r"^(?:Unreleased: )?(\d[\d.]+).*\n-+$", changelog(), re.MULTILINE
    )

    assert headings[0] == ttminis_auth.__version__


def test_oldest_of_tox_is_what_setup_cfg_declares():
    declared = re.findall(r"^    ([a-z]+)\S*>=([\d.]+)", requirements(), re.MULTILINE)
    oldest = tox().partition("[testenv:oldest]")[2].partition("commands")[0]

    for name, version in declared:
        assert re.search(rf"^    {name}\S*=={re.escape(version)}", oldest, re.MULTILINE)


def changelog() -> str:
    return (ROOT / "CHANGELOG.rst").read_text()


def requirements() -> str:
    text = (ROOT / "setup.cfg").read_text()
    return text.partition("install_requires =")[2].partition("\n\n")[0]


def tox() -> str:
    return (ROOT / "tox.ini").read_text()
