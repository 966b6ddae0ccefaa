"""Settings of the admin that are read at the start; each test runs its own process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.admin import site

pytestmark = [pytest.mark.process, pytest.mark.measured]

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "TEST_DATABASE": "", "DJANGO_SETTINGS_MODULE": "tests.settings"}


def start(then="", **changed):
    """Start Django with changed settings, as ``manage.py`` would."""
    lines = ["import django", "from tests import settings"]
    lines += [f"settings.{name} = {value!r}" for name, value in changed.items()]
    command = [sys.executable, "-c", "\n".join([*lines, "django.setup()", then])]
    return subprocess.run(command, cwd=ROOT, env=ENV, capture_output=True, text=True)


def test_an_admin_base_that_does_not_exist_is_named_at_the_start():
    done = start(TTMINIS_ADMIN_BASE="unfolded.admin")

    (last,) = done.stderr.splitlines()[-1:]
    assert "ImproperlyConfigured: TTMINIS_ADMIN_BASE names 'unfolded.admin'" in last


def name_of_admin(model):
    return type(site.get_model_admin(model)).__name__


def test_masking_and_account_protection_can_be_disabled():
    assert name_of_admin(SocialToken) == "MaskedSocialTokenAdmin"
    assert name_of_admin(SocialAccount) == "GuardedSocialAccountAdmin"

    off = {"TTMINIS_ADMIN_MASK_SECRETS": False, "TTMINIS_ADMIN_GUARD_ACCOUNTS": False}
    bare = start(
        "from tests.admin.test_start import *\n"
        "print(name_of_admin(SocialToken), name_of_admin(SocialAccount))",
        **off,
    )

    assert bare.stdout.split() == ["SocialTokenAdmin", "SocialAccountAdmin"]
