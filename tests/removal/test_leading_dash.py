"""An open_id may begin with a dash, and is no option for that."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, ManagementUtility, call_command

from tests.admin.conftest import person as person  # a fixture
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

DASHED = [
    "-000Mosp59QttN5-0nRadtXyoOCE1HS_KnF7",
    "--00Mosp59QttN5-0nRadtXyoOCE1HS_KnF7",
    "---0Mosp59QttN5-0nRadtXyoOCE1HS_KnF7",
    "-v00Mosp59QttN5-0nRadtXyoOCE1HS_KnF7",
    "-h=0Mosp59QttN5-0nRadtXyoOCE1HS_KnF7",
    "--yesMosp59QttN5-0nRadtXyoOCE1HS_KnF7",
]


@pytest.fixture(params=DASHED)
def open_id(request, person):
    person("mia", open_id=request.param)
    return request.param


def export(*args, **options):
    out = StringIO()
    call_command("ttminis_erase", *args, stdout=out, **options)
    return json.loads(out.getvalue())["identity"]["open_id"]


def test_python_code_hands_it_over(open_id):
    assert export(open_id, "--export", "-") == open_id


def test_open_id_may_come_last(open_id):
    assert export("--export=-", open_id) == open_id


def test_options_may_be_keywords(open_id):
    call_command("ttminis_erase", open_id, erase=True, yes=True, stdout=StringIO())

    assert not Identity.objects.exists()


def test_shell_hands_it_over(open_id, capsys):
    command = ["manage.py", "ttminis_erase", open_id, "--export=-"]

    ManagementUtility(command).execute()

    assert open_id in capsys.readouterr().out


def test_two_dashes_of_one_s_own_do_no_harm(open_id):
    assert export("--export", "-", "--", open_id) == open_id


def test_unknown_option_is_still_refused(person):
    person("mia")

    with pytest.raises(CommandError):
        export("open-mia", "--nope", "--export", "-")


def test_abbreviated_option_is_still_one(person):
    person("mia")

    call_command("ttminis_erase", "open-mia", "--erase", "--yes", "--delete-us")

    assert not Identity.objects.exists()
