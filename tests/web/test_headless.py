"""A web login that a single-page application starts and ends, through headless."""

from __future__ import annotations

import pytest

from tests.web.conftest import OTHER_WEB, WEB, Person, asked, identity

pytestmark = pytest.mark.django_db

REDIRECT = "/_allauth/browser/v1/auth/provider/redirect"


@pytest.fixture
def start(person: Person):
    """Ask allauth's headless endpoint for the way to TikTok."""

    def post(provider="tiktok"):
        form = {"provider": provider, "process": "login", "callback_url": "/spa/"}
        return person.client.post(REDIRECT, form)["Location"]

    return post


def test_login_ends_in_the_application(person, start):
    response = person.client.get(person.decide(start()))

    assert response["Location"] == "/spa/"
    assert person.user_pk == identity().account.user_id


def test_application_gets_the_error_of_an_outage(person, tiktok, start):
    address = person.decide(start())
    tiktok.order_fault("error_in_200", endpoint="user_info")

    response = person.client.get(address)

    assert response["Location"] == "/spa/?error=unknown&error_process=login"
    assert person.user_pk is None


def test_application_may_name_one_app_of_several(person, two_apps, start):
    for app in two_apps:
        app["provider_id"] = f"tiktok-{app['client_id']}"

    address = start(f"tiktok-{OTHER_WEB}")
    person.client.get(person.decide(address))

    assert asked(address)["client_key"] == OTHER_WEB != WEB
    assert identity().client_key == OTHER_WEB
