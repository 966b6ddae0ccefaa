"""Two sites and their Minis apps; run by ``tests.test_apart``."""

from __future__ import annotations

import pytest
from django.contrib.sites.models import Site
from django.core.checks import run_checks
from django.test import Client

from tests.core.client_apps.conftest import (
    CONNECTIONS,
    HEADLESS_ACCOUNTS,
    HEADLESS_CONFIG,
    add_row,
    app,
    check_ids,
)
from tests.databases import PEOPLE
from tests.fixtures import DRAMA, GAME, error_code
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

PAGES = (CONNECTIONS, HEADLESS_CONFIG, HEADLESS_ACCOUNTS)


@pytest.fixture(autouse=True)
def sites(db):
    yield [
        Site.objects.update_or_create(pk=pk, defaults={"domain": f"{pk}.example"})[0]
        for pk in (1, 2)
    ]
    Site.objects.clear_cache()


@pytest.fixture
def apps():
    """Two apps without a provider_id, on no site yet."""
    return add_row(app(DRAMA)), add_row(app(GAME))


@pytest.fixture
def own_apps(apps, sites):
    """Drama on the first site, Game on the second."""
    for one, site in zip(apps, sites, strict=True):
        one.sites.add(site)
    return apps


@pytest.fixture
def named_apps(own_apps):
    """The same with a provider_id each."""
    for one, name in zip(own_apps, ("drama", "game"), strict=True):
        one.provider_id = name
        one.save()
    return own_apps


@pytest.fixture
def olga_s_accounts(olga, client, code_url, tiktok, settings):
    """Olga connected her accounts of both apps, each on its site."""
    for settings.SITE_ID, key in ((1, DRAMA), (2, GAME)):
        body = {"code": tiktok.issue_code(key), "client_key": key, "process": "connect"}
        client.post(code_url, body, content_type="application/json")
    return Identity.objects.filter(account__user=olga)


@pytest.mark.parametrize(("site_id", "key"), [(1, DRAMA), (2, GAME)])
@pytest.mark.parametrize("named", [True, False])
def test_login_uses_the_app_of_the_site(own_apps, send, settings, site_id, key, named):
    settings.SITE_ID = site_id

    assert send(key, named=named).status_code == 200
    assert Identity.objects.get().client_key == key


def test_without_site_id_the_host_determines_the_site(own_apps, send, settings):
    settings.SITE_ID, settings.ALLOWED_HOSTS = None, ["2.example"]

    response = send(GAME, by=Client(headers={"host": "2.example"}))

    assert response.status_code == 200
    assert Identity.objects.get().client_key == GAME


def test_an_app_of_another_site_is_not_used(named_apps, send, tiktok):
    response = send(GAME)

    assert error_code(response) == "unknown_client_key"
    assert tiktok.requests == []


def test_an_app_of_no_site_is_not_used(apps, send):
    assert error_code(send(DRAMA)) == "unknown_client_key"
    assert check_ids() == []


def test_several_apps_of_a_site_need_the_client_key(named_apps, sites, send):
    named_apps[1].sites.add(sites[0])

    assert error_code(send(GAME, named=False)) == "invalid_request"
    assert send(GAME).status_code == 200


@pytest.mark.parametrize("site_id", [1, 2])
def test_one_app_for_each_site_is_not_reported(
    own_apps, olga_s_accounts, client, settings, site_id
):
    settings.SITE_ID = site_id

    assert check_ids() == []
    assert olga_s_accounts.count() == 2
    assert all(client.get(url).status_code == 200 for url in PAGES)


def test_two_apps_of_one_site_are_reported_with_the_site(own_apps, sites):
    own_apps[0].sites.add(sites[1])

    (found,) = [m for m in run_checks(databases=[PEOPLE]) if m.id[-4:] == "E005"]
    assert found.msg.endswith("on 2.example.")


def test_app_of_the_settings_is_on_every_site(own_apps, settings):
    minis = {"APPS": [app("awsimweb00000003", "third")]}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": minis}

    assert check_ids() == ["ttminis_auth.E005"] * 2


def test_accounts_that_another_site_cannot_show_are_reported(
    named_apps, olga_s_accounts, client
):
    client.raise_request_exception = False

    assert check_ids() == ["ttminis_auth.W003"] * 2
    assert client.get(HEADLESS_ACCOUNTS).status_code == 500


def test_apps_of_both_sites_show_all_accounts(
    named_apps, olga_s_accounts, client, sites
):
    """The fix that the hint names."""
    for one in named_apps:
        one.sites.set(sites)

    assert check_ids() == []
    assert all(client.get(url).status_code == 200 for url in PAGES)


def test_a_site_without_a_tiktok_app_is_not_reported(named_apps, sites):
    named_apps[1].sites.clear()

    assert check_ids() == []
