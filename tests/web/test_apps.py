"""Several web apps: the right one is chosen, and nothing breaks where none can be."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp

from tests.web.conftest import (
    LOGIN,
    OTHER_WEB,
    WEB,
    account,
    asked,
    configure,
    identity,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("client_key", [WEB, OTHER_WEB])
@pytest.mark.parametrize("with_provider_id", [True, False])
def test_login_is_with_the_app_that_was_named(
    person, tiktok, two_apps, client_key, with_provider_id
):
    for app in two_apps if with_provider_id else ():
        app["provider_id"] = f"tiktok-{app['client_id']}"

    address = person.start(client_key=client_key)
    person.client.get(person.decide(address))

    assert asked(address)["client_key"] == client_key
    assert identity().client_key == client_key
    assert identity().open_id == tiktok.open_id("mia", client_key)


def test_account_is_filed_under_the_provider_id(person, two_apps):
    for app in two_apps:
        app["provider_id"] = f"tiktok-{app['client_id']}"

    person.log_in(client_key=OTHER_WEB)

    assert account().provider == f"tiktok-{OTHER_WEB}"
    assert person.client.get("/accounts/3rdparty/").status_code == 200


def test_login_that_names_no_app_of_several_is_not_found(person, two_apps):
    assert person.client.post(LOGIN).status_code == 404


def test_login_page_offers_each_app(client, two_apps):
    page = client.get("/accounts/login/").content.decode()

    assert f"client_key={WEB}" in page
    assert f"client_key={OTHER_WEB}" in page


def test_state_of_one_app_is_none_of_another(person, tiktok, two_apps):
    two_apps[1]["provider_id"] = "tiktok-other"
    address = person.decide(person.start(client_key=WEB))

    response = person.client.get(address.replace(f".{WEB}", f".{OTHER_WEB}"))

    assert response.status_code == 401
    assert person.user_pk is None


def test_two_apps_under_one_provider_id_do_not_share_people(
    person, tiktok, two_apps, caplog
):
    """TikTok numbers people anew in each app: the same number is another user."""
    person.log_in(client_key=WEB)
    person.client.logout()
    open_id = tiktok.open_id("mia", OTHER_WEB)
    SocialAccount.objects.update(uid=open_id)

    response = person.log_in(client_key=OTHER_WEB)

    assert response.status_code == 401
    assert person.user_pk is None
    assert "give each its own" in caplog.text


def test_app_may_come_from_the_database(person, tiktok, settings):
    configure(settings, APPS=[])
    settings.SOCIALACCOUNT_STORE_TOKENS = True
    app = SocialApp.objects.create(
        provider="tiktok", client_id=WEB, secret="simulated-web-secret", name="Web"
    )

    person.log_in()

    assert identity().client_key == WEB
    assert account().socialtoken_set.get().app == app
