"""A web login that goes well."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers import registry
from django.contrib.auth import get_user_model
from django.urls import reverse

from tests.grants import access
from tests.web.conftest import CALLBACK, LOGIN, WEB, account, asked, configure, identity
from ttminis_auth.models import Grant, Identity
from ttminis_auth.web.provider import TikTokWebProvider

pytestmark = pytest.mark.django_db

User = get_user_model()


def test_drop_in_takes_the_place_of_allauths_provider():
    assert registry.get_class("tiktok") is TikTokWebProvider


def test_urls_keep_their_names():
    assert reverse("tiktok_login") == LOGIN
    assert reverse("tiktok_callback") == CALLBACK


def test_the_browser_is_sent_to_the_configured_page(person, settings):
    settings.TTMINIS_AUTHORIZE_URL = "https://tiktok.example/authorize/"

    assert person.start().startswith("https://tiktok.example/authorize/?")


def test_tiktok_is_asked_as_allauth_asks(person):
    query = asked(person.start())

    assert query.pop("state")
    assert set(query.pop("scope").split(",")) == {
        "user.info.basic",
        "user.info.profile",
    }
    assert query == {
        "client_key": WEB,
        "redirect_uri": "http://testserver/accounts/tiktok/login/callback/",
        "response_type": "code",
    }


def test_first_login_makes_a_user(person):
    response = person.log_in(next="/shop/")

    assert response["Location"] == "/shop/"
    assert person.user_pk == User.objects.get().pk


def test_user_has_the_shared_names_and_no_password(person):
    person.log_in()

    user = User.objects.get()
    assert (user.username, user.first_name) == ("mia", "Mia")
    assert not user.has_usable_password()
    assert user.email == ""


def test_account_holds_what_was_granted(person, tiktok):
    person.log_in()

    stored = dict(account().extra_data)
    assert stored.pop("avatar_url").endswith("/avatars/mia.svg")
    assert stored == {
        "open_id": tiktok.open_id("mia", WEB),
        "union_id": tiktok.union_id("mia", WEB),
        "display_name": "Mia",
        "username": "mia",
        "profile_deep_link": "https://www.tiktok.com/@mia",
    }


def test_identity_is_kept(person, tiktok):
    person.log_in()

    kept = identity()
    assert (kept.account, kept.client_key) == (account(), WEB)
    assert kept.open_id == account().uid == tiktok.open_id("mia", WEB)
    assert kept.union_id == tiktok.union_id("mia", WEB)
    assert kept.profile_fetched_at


def test_second_login_meets_the_same_user(person):
    person.log_in()
    first = person.user_pk
    person.client.logout()
    person.log_in()

    assert person.user_pk == first
    assert User.objects.count() == Identity.objects.count() == 1


def test_account_of_the_stock_provider_gets_an_identity(person, tiktok, local_user):
    uid = tiktok.open_id("mia", WEB)
    stock = {"open_id": uid, "bio_description": "kept"}
    SocialAccount.objects.create(
        user=local_user, provider="tiktok", uid=uid, extra_data=stock
    )

    person.log_in()

    assert person.user_pk == local_user.pk
    assert identity().union_id == tiktok.union_id("mia", WEB)
    assert account().extra_data["bio_description"] == "kept"
    assert account().extra_data["display_name"] == "Mia"


def test_connecting_adds_the_identity_to_the_current_user(person, olga):
    person.log_in(process="connect")

    assert identity().account.user == olga
    assert person.user_pk == olga.pk


def test_connecting_an_account_of_another_user_changes_nothing(person, olga, client):
    person.log_in()
    owner = account().user
    client.force_login(olga)

    person.log_in(process="connect")

    assert account().user == owner
    assert person.user_pk == olga.pk


def test_tokens_are_kept_encrypted_and_not_by_allauth(person):
    person.log_in()

    grant = Grant.objects.get()
    assert access(grant).startswith("act.")
    assert grant.scopes == "user.info.basic,user.info.profile"
    assert not SocialToken.objects.exists()


def test_no_grant_is_kept_when_tokens_are_not_wanted(person, settings):
    settings.TTMINIS_STORE_TOKENS = False

    person.log_in()

    assert identity().union_id
    assert not Grant.objects.exists()


def test_allauths_copy_of_the_token_is_kept_on_demand(person, settings):
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    person.log_in()
    person.log_in()

    assert SocialToken.objects.get().token == access(Grant.objects.get())


def test_a_login_costs_two_requests(person, tiktok):
    address = person.decide(person.start())
    tiktok.clear_requests()

    person.client.get(address)

    assert [seen.endpoint for seen in tiktok.requests] == ["token", "user_info"]


def test_exchange_repeats_the_redirect_address(person, tiktok):
    person.log_in()

    exchange = next(seen for seen in tiktok.requests if seen.endpoint == "token")
    assert exchange.fields["redirect_uri"] == f"http://testserver{CALLBACK}"
    assert "code_verifier" not in exchange.fields


def test_challenge_is_proved_when_pkce_is_on(person, tiktok, settings):
    configure(settings, OAUTH_PKCE_ENABLED=True)

    person.log_in()

    exchange = next(seen for seen in tiktok.requests if seen.endpoint == "token")
    assert person.user_pk
    assert "code_verifier" in exchange.fields


def test_login_page_starts_a_login_with_its_app(client, tiktok):
    page = client.get("/accounts/login/").content.decode()

    assert f"{LOGIN}?client_key={WEB}" in page


def test_connections_page_shows_the_handle(person):
    person.log_in()

    assert "mia" in person.client.get("/accounts/3rdparty/").content.decode()


def test_state_may_come_from_the_projects_adapter(person, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.web.adapters.NumberingAdapter"

    assert asked(person.start())["state"] == f"state-7.{WEB}"
    assert person.log_in().status_code == 302
