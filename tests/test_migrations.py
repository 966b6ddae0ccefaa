"""The migrations and the models say the same, and old rows become what they say."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db.models import JSONField, Value
from django.utils import timezone

from tests.databases import connection
from ttminis_auth.core.identities import ensure_identity
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

NAMES = [("Mia ÜNAL", "mia ünal"), ("x" * 300, "x" * 191), (5, ""), (None, "")]
STORED = [({"display_name": name}, searchable) for name, searchable in NAMES]
# Other programs write to the column, too.
STORED += [([], ""), ("Mia", ""), (Value(None, JSONField()), "")]


@pytest.fixture
def account():
    user = get_user_model().objects.create_user("mia")
    return SocialAccount.objects.create(user=user, provider="ttminis", uid="o-1")


def test_no_migration_is_missing(capsys):
    call_command("makemigrations", "ttminis_auth", "--check", "--dry-run")

    assert "No changes detected" in capsys.readouterr().out


@pytest.mark.parametrize(("stored", "searchable"), STORED)
def test_a_name_from_before_can_be_searched_for(account, stored, searchable):
    account.extra_data = stored
    account.save()
    facts = {"client_key": "mn1", "open_id": "o-1"}
    Identity.objects.create(account=account, profile_fetched_at=timezone.now(), **facts)

    migration = import_module("ttminis_auth.migrations.0005_searchable_names")
    migration.fill(apps, SimpleNamespace(connection=connection))

    assert Identity.objects.get().searchable_name == searchable


@pytest.mark.parametrize(("stored", "searchable"), STORED)
def test_an_account_from_elsewhere_may_call_its_name_anything(
    account, stored, searchable
):
    account.extra_data = stored
    account.save()
    account.refresh_from_db()

    assert ensure_identity(account, "mn1").searchable_name == searchable


def test_time_of_vouching_comes_from_tokens_alone(account):
    """Every save of the account moves allauth's last login."""
    facts = {"client_key": "mn1", "open_id": "o-1"}
    identity = Identity.objects.create(account=account, **facts)
    made = timezone.now() - timedelta(days=9)
    Identity.objects.update(created_at=made)

    migration = import_module("ttminis_auth.migrations.0008_sessions_and_vouching")
    migration.fill(apps, SimpleNamespace(connection=connection))

    identity.refresh_from_db()
    assert identity.vouched_at == made
