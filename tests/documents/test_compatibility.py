"""The tables of compatibility list exactly what the tests cover."""

import ast
import re

import pytest

from neighbours.beside import BESIDE, NEEDS
from tests.declared import PROJECT
from tests.django_settings import SETTINGS
from tests.documents import ROOT
from tests.people.needs import USERS
from tests.test_threat_model import is_there

WITH_VALUE = re.compile(r"``([A-Z_]+) = (.+?)``")


def test_table_lists_each_tested_user_model():
    source = (ROOT / "tests" / "people" / "models.py").read_text()
    classes = (n for n in ast.parse(source).body if isinstance(n, ast.ClassDef))
    models = {each.name for each in classes if "swappable" in ast.unparse(each)}

    assert {name for like in USERS.values() for name in like.models} == models


def test_each_row_of_user_models_has_a_tested_model():
    assert [row for row, like in USERS.items() if not like.models] == []


def test_each_setting_in_the_table_has_a_site_or_a_test():
    untried = [row for row, tried in SETTINGS.items() if not tried.changes]

    assert [row for row in untried if not SETTINGS[row].tests] == []


def test_each_test_named_for_a_setting_exists():
    named = [test for tried in SETTINGS.values() for test in tried.tests]

    assert named
    assert [test for test in named if not is_there(*test)] == []


@pytest.mark.parametrize("app", BESIDE)
def test_table_names_each_setting_of_the_tested_site(app):
    beside = BESIDE[app]

    assert [name for name in beside.settings if name not in beside.needs] == []


def test_settings_in_the_table_are_set_in_the_tests():
    site = (ROOT / "neighbours" / "settings.py").read_text()
    written = [site, *(name for each in BESIDE.values() for name in each.settings)]
    named = re.findall(r"\b[A-Z]+_[A-Z_]+\b", " ".join(NEEDS.values()))

    assert named
    assert [name for name in named if not any(name in each for each in written)] == []


def test_values_in_the_table_are_the_values_in_the_tests():
    shown = [
        (app, name, ast.literal_eval(value))
        for app, each in BESIDE.items()
        for name, value in WITH_VALUE.findall(each.needs)
    ]

    assert shown
    assert [(app, name, BESIDE[app].settings[name]) for app, name, _ in shown] == shown


def test_each_app_in_the_table_is_installed_for_the_tests():
    extra = " ".join(PROJECT["optional-dependencies"]["neighbours"])
    assert [name for name in NEEDS if name not in extra] == []
