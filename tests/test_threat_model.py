"""What the threat model and the security policy claim, compared with the code."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from docutils import nodes
from docutils.core import publish_doctree

from tests.declared import PROJECT, classified

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "explanation" / "threat-model.rst"
POLICY = ROOT / "SECURITY.md"
TEST = re.compile(r"([\w/]+\.py)::(test_\w+)")


@pytest.fixture(scope="module")
def page() -> nodes.document:
    overrides = {"report_level": 2, "halt_level": 2}
    return publish_doctree(PAGE.read_text(), settings_overrides=overrides)


def literals(node: nodes.Node) -> list[str]:
    return [literal.astext() for literal in node.findall(nodes.literal)]


def named_in(node: nodes.Node) -> list[tuple[str, str]]:
    found = (TEST.fullmatch(text) for text in literals(node))
    return [(match[1], match[2]) for match in found if match]


def is_there(file: str, name: str) -> bool:
    path = ROOT / "tests" / file
    return path.exists() and bool(
        re.search(rf"^\s*(async )?def {name}\(", path.read_text(), re.MULTILINE)
    )


def section(page: nodes.document, title: str) -> nodes.section:
    found = page.findall(nodes.section)
    return next(each for each in found if each[0].astext() == title)


def test_each_test_that_the_threat_model_names_exists(page):
    named = named_in(page)

    assert len(named) > 40
    assert [each for each in named if not is_there(*each)] == []


def test_no_test_is_named_in_a_way_that_is_not_looked_up(page):
    like_one = [text for text in literals(page) if "test_" in text]

    assert [text for text in like_one if not TEST.fullmatch(text)] == []


def test_each_attacker_is_stopped_by_something_that_a_test_proves(page):
    attackers = section(page, "Attackers, and what stops them")
    items = list(attackers.findall(nodes.list_item))

    assert len(items) > 12
    assert [i.astext()[:60] for i in items if not named_in(i)] == []


def test_threat_model_says_what_each_permission_of_ours_is_worth(page):
    documented = set(literals(section(page, "What a permission is worth")))
    ours = apps.get_app_config("ttminis_auth").get_models()
    special = {name for model in ours for name, _ in model._meta.permissions}

    assert special
    assert special - documented == set()


def test_checks_that_the_threat_model_names_exist():
    sources = (ROOT / "ttminis_auth" / "checks").rglob("*.py")
    written = " ".join(path.read_text() for path in sources)
    named = set(re.findall(r"\b[EW]\d{3}\b", PAGE.read_text()))

    assert len(named) > 4
    assert [each for each in named if f'id="ttminis_auth.{each}"' not in written] == []


def test_settings_that_the_threat_model_names_are_read_by_the_package():
    sources = (ROOT / "ttminis_auth").rglob("*.py")
    written = " ".join(path.read_text() for path in sources)
    named = set(re.findall(r"\bTTMINIS_[A-Z_]+\b", PAGE.read_text()))

    assert named - set(re.findall(r"\bTTMINIS_[A-Z_]+\b", written)) == set()


def test_security_policy_names_the_versions_that_the_package_declares():
    versions = [*classified("Python"), *classified("Django")]
    required = " ".join(PROJECT["dependencies"])
    allauth = re.search(r"allauth\S*>=([\d.]+),<(\d+)", required)

    assert len(versions) > 2
    for version in [*versions, *allauth.groups()]:
        assert re.search(
            rf"(?<![\d.]){re.escape(version)}(?![\d.]*\d)", POLICY.read_text()
        )


def test_files_that_the_security_policy_points_to_exist():
    links = re.findall(r"\]\(([^):]+)\)", POLICY.read_text())

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
