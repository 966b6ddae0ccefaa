"""docs/how-to/migrating.rst"""

import pytest
from allauth.socialaccount.models import SocialAccount
from mysite.adopt import adopt
from mysite.rename import rename

from ttminis_auth.models import Identity

KEY = "mnsimdrama000001"


@pytest.fixture
def old_user(db, django_user_model):
    return django_user_model.objects.create_user("old-mia")


def test_user_of_the_old_login_is_the_user_of_the_new_one(client, tiktok, old_user):
    adopt({tiktok.open_id("mia", KEY): old_user})

    assert tiktok.log_in(client, "mia") == old_user
    assert Identity.objects.get().account.user == old_user


def test_open_id_that_is_there_twice_stays_with_the_first(
    tiktok, old_user, django_user_model
):
    open_id = tiktok.open_id("mia", KEY)
    adopt({open_id: old_user})
    adopt({open_id: django_user_model.objects.create_user("other")})

    assert SocialAccount.objects.get().user == old_user


def test_accounts_of_a_custom_provider_are_found(client, tiktok, old_user):
    SocialAccount.objects.create(
        user=old_user, provider="my_tiktok", uid=tiktok.open_id("mia", KEY)
    )
    rename("my_tiktok")

    assert tiktok.log_in(client, "mia") == old_user
