"""Projects that have no admin, or another than they think; each in its own process."""

import os
import subprocess
import sys
from pathlib import Path

from tests.apart import assert_passes_with

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "TEST_DATABASE": "", "DJANGO_SETTINGS_MODULE": "tests.settings"}


def start(then="", **changed):
    """Start Django with other settings, as ``manage.py`` would."""
    lines = ["import django", "from tests import settings"]
    lines += [f"settings.{name} = {value!r}" for name, value in changed.items()]
    command = [sys.executable, "-c", "\n".join([*lines, "django.setup()", then])]
    return subprocess.run(command, cwd=ROOT, env=ENV, capture_output=True, text=True)


def test_without_admin_everything_else_works():
    assert_passes_with("tests.admin.without.settings", "tests/admin/without/cases.py")


def test_a_base_that_is_none_is_named_at_the_start():
    done = start(TTMINIS_ADMIN_BASE="unfolded.admin")

    (last,) = done.stderr.splitlines()[-1:]
    assert "ImproperlyConfigured: TTMINIS_ADMIN_BASE names 'unfolded.admin'" in last


def admin_of(model, **changed):
    """Return the name of the class that shows a model of allauth's."""
    then = (
        f"from allauth.socialaccount.models import {model}\n"
        "from django.contrib.admin import site\n"
        f"print(type(site.get_model_admin({model})).__name__)"
    )
    return start(then, **changed).stdout.strip()


def test_the_masks_can_be_left_off():
    assert admin_of("SocialToken") == "MaskedSocialTokenAdmin"
    bare = admin_of("SocialToken", TTMINIS_ADMIN_MASK_SECRETS=False)
    assert bare == "SocialTokenAdmin"


def test_the_guard_can_be_left_off():
    assert admin_of("SocialAccount") == "GuardedSocialAccountAdmin"
    bare = admin_of("SocialAccount", TTMINIS_ADMIN_GUARD_ACCOUNTS=False)
    assert bare == "SocialAccountAdmin"
