"""The neighbour's records, and the shops of a site with django-tenants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from neighbours import sentry
from neighbours.settings import NAME, beside
from tests.listeners import hear as hear  # a fixture

pytest_plugins = ["ttminis_auth.testing.fixtures"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests of other neighbours."""
    items[:] = [
        item
        for item in items
        if all(NAME in mark.args for mark in item.iter_markers("only"))
    ]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Open two shops, each with a schema of its own."""
    if NAME == "django-tenants":
        from neighbours.shops.models import Domain, Shop

        with django_db_blocker.unblock():
            for name, host in (("books", "testserver"), ("films", "films.example")):
                shop = Shop.objects.create(schema_name=name)
                Domain.objects.create(tenant=shop, domain=host)


@pytest.fixture(autouse=True)
def _in_the_first_shop(db: None) -> None:
    if NAME == "django-tenants":
        connection.set_schema("books")


@pytest.fixture
def sent() -> Iterator[list[Any]]:
    """What Sentry is sent in the test; stays empty beside others."""
    with sentry.listening(NAME == "sentry-sdk") as events:
        yield events


def rows(models: Any) -> str:
    """Return all that the tables of these models have."""
    return repr([list(model._base_manager.values_list()) for model in models])


@pytest.fixture
def everything() -> Callable[[], str]:
    return lambda: rows(apps.get_models(include_auto_created=True))


@pytest.fixture
def kept(sent: list[Any]) -> Callable[[], str]:
    """Return what the neighbour has recorded or sent."""
    names = {app.name for app in apps.get_app_configs()} & set(beside.apps)
    models = [m for m in apps.get_models() if m._meta.app_config.name in names]
    return lambda: rows(models) + repr(sent)
