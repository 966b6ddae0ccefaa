"""The migrations and the models say the same."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_migration_is_missing(capsys):
    call_command("makemigrations", "ttminis_auth", "--check", "--dry-run")

    assert "No changes detected" in capsys.readouterr().out
