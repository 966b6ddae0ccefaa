"""Fetching a profile again, long after the consent."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db.models import JSONField, Value
from django.utils import timezone

from tests.fixtures import DRAMA
from ttminis_auth.errors import TikTokNotReached, TokenRefused
from ttminis_auth.models import Identity
from ttminis_auth.profile import user_info

pytestmark = pytest.mark.django_db

# What other programs may have written to an account.
FOREIGN = ([], "Mia", 5, Value(None, JSONField()))


@pytest.fixture
def identity(authorize):
    authorize("mia")
    SocialAccount.objects.update(extra_data={"avatar_url": "https://dead.example/"})
    return Identity.objects.get()


def test_a_profile_can_be_fetched_again(identity, tiktok):
    assert user_info.fetch(identity) is True

    account = SocialAccount.objects.get()
    assert account.extra_data["display_name"] == "Mia"
    assert account.extra_data["avatar_url"] != "https://dead.example/"


def test_time_of_the_fetch_is_stored(identity):
    before = identity.profile_fetched_at

    user_info.fetch(identity)

    assert Identity.objects.get().profile_fetched_at > before


def test_a_silent_grant_is_not_tried(send_code, tiktok):
    send_code("mia")
    tiktok.clear_requests()

    assert user_info.fetch(Identity.objects.get()) is False
    assert tiktok.requests == []


def test_an_expired_grant_is_renewed_first(identity, tiktok):
    tiktok.expire_access_tokens()
    identity.grants.update(access_expires_at=timezone.now() - timedelta(seconds=1))

    assert user_info.fetch(identity) is True


def test_a_token_that_died_early_is_renewed(identity, tiktok):
    tiktok.expire_access_tokens()

    assert user_info.fetch(identity) is True


def test_a_grant_that_tiktok_ended_is_not_tried_for_ever(identity, tiktok):
    tiktok.remove_app("mia", DRAMA)

    assert user_info.fetch(identity) is False
    assert Identity.objects.get().state == Identity.State.NEEDS_LOGIN


def test_a_dead_grant_is_not_tried(identity):
    identity.grants.update(dead_at=timezone.now())

    assert user_info.fetch(identity) is False


def test_a_grant_that_no_key_opens_is_not_tried(identity, settings):
    settings.SECRET_KEY = "another key, long enough to be taken for one"

    assert user_info.fetch(identity) is False


def test_a_grant_without_a_known_end_is_tried(identity):
    identity.grants.update(access_expires_at=None)

    assert user_info.fetch(identity) is True


def test_an_app_that_is_gone_is_not_asked(identity, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert user_info.fetch(identity) is False


def test_a_refused_profile_has_its_own_error(identity, tiktok):
    tiktok.order_fault("error", endpoint="user_info", error="scope_not_authorized")

    with pytest.raises(TokenRefused):
        user_info.fetch(identity)


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("html_502", TikTokNotReached),
        ("rate_limited", TikTokNotReached),
        ("other_open_id", TikTokNotReached),
    ],
)
def test_an_outage_is_named_by_its_kind(identity, tiktok, kind, refusal):
    tiktok.order_fault(kind, endpoint="user_info")

    with pytest.raises(refusal):
        user_info.fetch(identity)


def test_an_outage_loses_nothing(identity, tiktok):
    tiktok.order_fault("html_502", endpoint="user_info")

    with pytest.raises(TikTokNotReached):
        user_info.fetch(identity)

    known = SocialAccount.objects.get().extra_data
    assert known == {"avatar_url": "https://dead.example/"}


@pytest.mark.parametrize("stored", FOREIGN)
def test_a_profile_replaces_what_is_no_object(identity, stored):
    SocialAccount.objects.update(extra_data=stored)

    user_info.fetch(identity)

    assert SocialAccount.objects.get().extra_data["display_name"] == "Mia"


@pytest.mark.parametrize("stored", FOREIGN)
def test_stored_profile_that_is_no_object_can_be_cleared(identity, stored):
    SocialAccount.objects.update(extra_data=stored)

    user_info.forget(Identity.objects.get())

    assert SocialAccount.objects.get().extra_data == {"open_id": identity.open_id}


@pytest.mark.parametrize("stored", FOREIGN)
def test_a_profile_that_is_no_object_does_not_prevent_the_login(
    identity, send_code, stored
):
    SocialAccount.objects.update(extra_data=stored)

    answer = send_code("mia").json()

    assert answer["data"]["ttminis"]["profile"] is None
    assert SocialAccount.objects.get().extra_data == {"open_id": identity.open_id}
