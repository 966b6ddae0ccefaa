"""The references of models and permissions list exactly those of the code."""

import re

import pytest
from django.apps import apps

from tests.documents import DOCS
from ttminis_auth import models
from ttminis_auth.models import LinkingConflict

MODELS = list(apps.get_app_config("ttminis_auth").get_models())
FIRST_CELL = re.compile(r"^``(\w+)``  +\S", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / "reference" / f"{name}.rst").read_text()


def section(model: str) -> str:
    parts = re.split(r"^``(\w+)``\n=+$", page("models"), flags=re.MULTILINE)
    return parts[parts.index(model) + 1]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_models_reference_lists_each_column(model):
    listed = FIRST_CELL.findall(section(model.__name__))

    columns = {field.name for field in model._meta.concrete_fields} - {"id"}
    reasons = set(LinkingConflict.Reason.values)
    assert set(listed) - reasons == columns


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_models_reference_lists_each_choice(model):
    for field in model._meta.concrete_fields:
        for value, _ in field.choices or ():
            assert f"``{value}``" in section(model.__name__)


def test_models_reference_lists_each_public_model():
    assert [name for name in models.__all__ if name not in page("models")] == []


def test_permissions_reference_lists_each_permission():
    named = [code for model in MODELS for code, _ in model._meta.permissions]

    assert sorted(FIRST_CELL.findall(page("permissions"))) == sorted(named)
