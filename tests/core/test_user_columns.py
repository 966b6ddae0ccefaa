"""User models that can store two TikTok users, and the text of a nameless user."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from ttminis_auth.checks import users
from ttminis_auth.checks.users import check_user_model
from ttminis_auth.core.user_columns import (
    deactivate,
    give_nameless_users_a_text,
    obstacles,
    username_length,
)
from ttminis_auth.identity import neutral_username

TEXT: dict[str, Any] = {"max_length": 20}


def name() -> Any:
    return models.CharField(**TEXT, unique=True)


class Filling(DefaultSocialAccountAdapter):
    def populate_user(self, request: Any, sociallogin: Any, data: Any) -> Any:
        raise NotImplementedError


class FilledByField(models.CharField):
    def pre_save(self, model_instance: Any, add: bool) -> Any:
        return super().pre_save(model_instance, add)


@pytest.fixture(autouse=True)
def _apart():
    with isolate_apps("tests"):
        yield


def model(constraints=(), together=(), **columns: Any) -> Any:
    meta = {"app_label": "tests", "constraints": list(constraints)}
    inner = type("Meta", (), {**meta, "unique_together": list(together)})
    body = {"__module__": __name__, "Meta": inner, **columns}
    return type("Visitor", (AbstractBaseUser,), body)


@pytest.mark.parametrize(
    "column",
    [
        models.CharField(**TEXT),
        models.CharField(**TEXT, unique=True, null=True),
        models.CharField(**TEXT, unique=True, default=uuid.uuid4),
        models.CharField(**TEXT, unique=True, db_default="x"),
        FilledByField(**TEXT, unique=True),
        models.DateField(auto_now_add=True),
        models.DateField(null=True),
        models.IntegerField(default=0),
    ],
)
def test_a_column_that_allows_two_tiktok_users_is_no_obstacle(column):
    assert list(obstacles(model(column=column))) == []


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (models.EmailField(unique=True), "must be unique"),
        (models.CharField(**TEXT, unique=True, default="x"), "must be unique"),
        (models.CharField(**TEXT, unique=True, null=True, default="x"), "must be uni"),
        (models.DateField(), "must have a value"),
        (models.BooleanField(), "must have a value"),
        (models.ForeignKey("self", models.CASCADE), "must have a value"),
    ],
)
def test_a_column_that_forbids_two_tiktok_users_is_an_obstacle(column, reason):
    found = list(obstacles(model(column=column)))

    assert found
    assert all(text.startswith("column ") for text in found)
    assert any(reason in text for text in found)


@pytest.mark.parametrize(
    ("constraint", "is_obstacle"),
    [
        (models.UniqueConstraint(fields=["email"], name="one"), True),
        (models.UniqueConstraint(fields=["email", "shop"], name="one"), True),
        (models.UniqueConstraint(fields=["email", "code"], name="one"), False),
        (models.UniqueConstraint(Lower("email"), name="one"), True),
        (
            models.UniqueConstraint(
                fields=["email"], condition=~models.Q(email=""), name="one"
            ),
            False,
        ),
        (models.CheckConstraint(condition=models.Q(shop=1), name="one"), False),
    ],
)
def test_a_unique_constraint_is_checked_like_a_unique_column(constraint, is_obstacle):
    visitor = model(
        [constraint],
        email=models.EmailField(),
        shop=models.IntegerField(default=1),
        code=models.UUIDField(default=uuid.uuid4),
    )

    assert bool(list(obstacles(visitor))) == is_obstacle


def test_columns_in_unique_together_are_checked():
    visitor = model(
        together=[("email", "shop")],
        email=models.EmailField(),
        shop=models.IntegerField(default=1),
    )

    assert list(obstacles(visitor)) == [
        "email, shop must be unique and would be the same for both"
    ]


def test_login_column_is_an_obstacle_until_allauth_fills_it(settings):
    visitor = model(nickname=models.CharField(**TEXT, unique=True))

    assert list(obstacles(visitor))
    settings.ACCOUNT_USER_MODEL_USERNAME_FIELD = "nickname"
    assert list(obstacles(visitor)) == []


@pytest.mark.parametrize("own", [lambda user: None, lambda user: "Mia"])
def test_user_without_a_name_has_a_text(own):
    visitor = model(email=models.EmailField(null=True))
    visitor.__str__ = own
    give_nameless_users_a_text(visitor)

    assert str(visitor(pk=7)) == (own(None) or "visitor 7")


def test_a_user_model_that_always_has_a_name_is_not_changed():
    visitor = model(email=models.EmailField())
    give_nameless_users_a_text(visitor)

    assert visitor.__str__ is AbstractBaseUser.__str__


@pytest.mark.parametrize("length", [6, 8, 16, 17, 150])
def test_a_neutral_username_fits_its_column(length):
    names = {neutral_username(length) for _ in range(50)}

    assert all(len(name) <= length for name in names)
    assert len(names) == 50


def test_username_without_a_column_has_no_limit(settings):
    settings.ACCOUNT_USER_MODEL_USERNAME_FIELD = None

    assert username_length() is None


@pytest.mark.parametrize("column", ["USERNAME", "EMAIL"])
def test_check_reports_a_setting_that_names_a_missing_column(settings, column):
    setting = f"ACCOUNT_USER_MODEL_{column}_FIELD"
    setattr(settings, setting, "nickname")

    (found,) = check_user_model()

    assert found.id == "ttminis_auth.E016"
    assert f"{setting} is nickname" in found.msg
    assert setting in found.hint


def test_deactivating_a_user_model_without_is_active_logs_a_warning(caplog):
    visitor = model()(pk=7)

    deactivate(visitor)

    assert visitor.is_active
    assert "has no column is_active: user 7 is not deactivated" in caplog.text


@pytest.mark.parametrize("actions", [["deactivate"], ["anonymise"]])
def test_check_requires_is_active_if_removals_deactivate_users(
    settings, monkeypatch, actions
):
    settings.ACCOUNT_USER_MODEL_EMAIL_FIELD = None
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": actions}
    monkeypatch.setattr(users, "get_user_model", lambda: model(username=name()))

    found = [message.id for message in check_user_model()]

    assert found == (["ttminis_auth.E017"] if "deactivate" in actions else [])


def test_check_ignores_columns_that_the_project_s_adapter_fills(settings, monkeypatch):
    email = models.EmailField(unique=True)
    visitor = model(username=name(), email=email, is_active=models.BooleanField())
    monkeypatch.setattr(users, "get_user_model", lambda: visitor)
    assert check_user_model()

    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.Filling"
    assert check_user_model() == []
