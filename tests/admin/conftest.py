"""Operators, their permissions, and the users and identities that they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.dummy.provider import DummyProvider
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.fixtures import DRAMA
from tests.grants import with_encrypted
from ttminis_auth.identity import searchable_name
from ttminis_auth.models import Grant, Identity

NewPerson = Callable[..., Identity]
BASIC = "user.info.basic,user.info.open_id"


@pytest.fixture(autouse=True)
def _in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of actions on many rows: a busy machine would run out of time."""
    if apps.is_installed("django.contrib.admin"):
        clock = "ttminis_auth.admin.action_pages.monotonic"
        monkeypatch.setattr(clock, lambda: 0.0)


@pytest.fixture
def operator(db: None) -> Any:
    return get_user_model().objects.create_superuser("operator", password="op")


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.user = user  # type: ignore[attr-defined]
    return client


@pytest.fixture
def admin_client(operator: Any) -> Client:
    """The browser of a superuser."""
    return logged_in(operator)


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Log in a new staff member: ``staff("view_identity", "link_identity")``."""
    users = get_user_model().objects

    def hire(*codenames: str) -> Client:
        name = f"staff{users.count()}"
        user = users.create_user(name, password="st", is_staff=True)
        permissions = Permission.objects.filter(codename__in=codenames)
        assert permissions.count() == len(set(codenames)), "no such permission"
        user.user_permissions.set(permissions)
        return logged_in(user)

    return hire


@pytest.fixture
def person(db: None) -> NewPerson:
    """Make the rows of a TikTok user that a login would make, but faster.

    ``person("mia", display_name="Mia", user=…, app=…, grant={…} or None, …)``; further
    keywords are fields of the identity.
    """

    def make(
        handle: str = "mia",
        *,
        user: Any = None,
        app: str = DRAMA,
        display_name: str = "",
        grant: dict[str, Any] | None = {},  # noqa: B006  read only
        **facts: Any,
    ) -> Identity:
        user = user or get_user_model().objects.create_user(f"user_{handle}")
        known = {"open_id": f"open-{handle}"}
        named = {"display_name": display_name} if display_name else {}
        account = SocialAccount.objects.create(
            user=user,
            provider="ttminis",
            uid=known["open_id"],
            extra_data=known | named,
        )
        facts = known | {"searchable_name": searchable_name(display_name)} | facts
        identity = Identity.objects.create(account=account, client_key=app, **facts)
        if grant is not None:
            add_grant(identity, **grant)
        return identity

    return make


def add_grant(identity: Identity, **facts: Any) -> Grant:
    now = timezone.now()
    usual = {
        "scopes": BASIC,
        "access_token": f"act.{identity.open_id}",
        "refresh_token": f"rft.{identity.open_id}",
        "access_expires_at": now + timedelta(hours=24),
        "refresh_expires_at": now + timedelta(days=365),
        "issued_at": now,
    }
    return Grant.objects.create(
        identity=identity, **with_encrypted(identity, usual | facts)
    )


@pytest.fixture
def dummy_provider(monkeypatch: pytest.MonkeyPatch) -> str:
    """Register a second provider of allauth, beside TikTok."""
    monkeypatch.setitem(registry.provider_map, DummyProvider.id, DummyProvider)
    return str(DummyProvider.id)


@pytest.fixture
def without_users() -> Iterator[None]:
    """Unregister the user model from the admin."""
    users = get_user_model()
    # The first lookup builds the URLs from the registry, once for all tests.
    reverse("admin:auth_user_changelist")
    registered = admin.site._registry.pop(users)
    yield
    admin.site._registry[users] = registered
