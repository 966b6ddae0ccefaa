"""docs/how-to/migrating.rst"""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from mysite.rename import rename

from ttminis_auth.models import Identity

KEY = "mnsimdrama000001"


@pytest.fixture
def old_user(db, django_user_model):
    return django_user_model.objects.create_user("old-mia")


def test_a_user_adopted_from_csv_can_log_in(client, tiktok, old_user, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(f"open_id,user\n{tiktok.open_id('mia', KEY)},{old_user.pk}\n")
    call_command("ttminis_adopt", "--csv", str(path))

    assert tiktok.log_in(client, "mia") == old_user
    assert Identity.objects.get().account.user == old_user


def test_a_user_adopted_from_a_model_can_log_in(client, tiktok, old_user):
    old_user.last_name = tiktok.open_id("mia", KEY)
    old_user.save()
    columns = ["--open-id", "last_name", "--user", "pk"]
    call_command("ttminis_adopt", "--model", "auth.User", *columns)

    assert tiktok.log_in(client, "mia") == old_user


def test_a_user_of_a_renamed_provider_can_log_in(client, tiktok, old_user):
    SocialAccount.objects.create(
        user=old_user, provider="my_tiktok", uid=tiktok.open_id("mia", KEY)
    )
    rename("my_tiktok")

    assert tiktok.log_in(client, "mia") == old_user
