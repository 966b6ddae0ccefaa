"""A project without Django's admin; run by ``tests.test_apart``."""

import sys

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db


def test_tiktok_user_can_log_in(send_code):
    assert send_code("mia").status_code == 200
    assert Identity.objects.exists()


def test_system_checks_report_nothing():
    assert run_checks() == []


def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "ttminis_auth")


@pytest.mark.parametrize("module", ["admin", "checks.admin"])
def test_admin_modules_are_not_imported(module):
    assert f"ttminis_auth.{module}" not in sys.modules
