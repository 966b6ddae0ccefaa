"""Several Minis apps: a login uses the app that its code was issued for."""

from __future__ import annotations

import json
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import Client, RequestFactory

from tests.core.client_apps.conftest import (
    CONNECTIONS,
    HEADLESS_ACCOUNTS,
    HEADLESS_CONFIG,
    app,
    check_ids,
)
from tests.fixtures import DRAMA, GAME, error_code
from tests.web.conftest import OTHER_WEB, WEB
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

# Where the two apps are configured, their provider_id, and whether allauth's pages
# hide the second one.
STORES = list(product(["settings", "row"], repeat=2))
NAMES = [
    ("", ""),
    ("", "game"),
    ("drama", "game"),
    ("both", "both"),
    ("ttminis", "game"),
    ("tiktok", "game"),
]
NAMED_APART = [("", "game", True), ("drama", "game", False), ("drama", "game", True)]


def two_apps(stores, names, *, hidden=False):
    apps = [app(DRAMA, names[0]), app(GAME, names[1], hidden=hidden)]
    sorted_apps = {"settings": [], "row": []}
    for store, one in zip(stores, apps, strict=True):
        sorted_apps[store].append(one)
    return sorted_apps["settings"], sorted_apps["row"]


def shows(client_key, browser):
    """Return whether allauth's pages work, and show the app of the account."""
    pages = [browser.get(url) for url in (CONNECTIONS, HEADLESS_CONFIG)]
    accounts = browser.get(HEADLESS_ACCOUNTS)
    if any(page.status_code != 200 for page in [*pages, accounts]):
        return False
    (account,) = accounts.json()["data"]
    return account["provider"]["client_id"] == client_key


@pytest.mark.parametrize("stores", STORES, ids="-".join)
@pytest.mark.parametrize("names", NAMES)
def test_login_uses_the_app_that_the_request_names(configure, send, stores, names):
    """The system checks may report these settings or not."""
    configure(*two_apps(stores, names))

    answers = [send(key).json()["data"]["ttminis"] for key in (DRAMA, GAME)]

    assert [answer["client_key"] for answer in answers] == [DRAMA, GAME]
    known = Identity.objects.order_by("pk").values_list("client_key", flat=True)
    assert list(known) == [DRAMA, GAME]


@pytest.mark.parametrize(
    ("stores", "hidden"),
    [*((stores, False) for stores in STORES), (("settings", "row"), True)],
)
@pytest.mark.parametrize("names", NAMES)
def test_checks_accept_exactly_what_works_on_allauth_s_pages(
    configure, send, stores, names, hidden
):
    configure(*two_apps(stores, names, hidden=hidden))
    accepted = not check_ids()
    browsers = {key: Client(raise_request_exception=False) for key in (DRAMA, GAME)}
    for key, browser in browsers.items():
        send(key, by=browser)

    assert all(shows(*item) for item in browsers.items()) == accepted


@pytest.mark.parametrize("names", NAMES)
def test_a_code_without_client_key_is_refused_if_there_are_several_apps(
    configure, send, names, tiktok
):
    configure(*two_apps(("settings", "row"), names))

    response = send(GAME, named=False)

    assert (response.status_code, error_code(response)) == (400, "invalid_request")
    assert tiktok.requests == []


def test_a_code_without_client_key_is_for_the_only_visible_app(configure, send):
    configure(*two_apps(("settings", "row"), ("drama", "game"), hidden=True))

    assert send(DRAMA, named=False).status_code == 200
    assert Identity.objects.get().client_key == DRAMA


@pytest.mark.parametrize("store", ["settings", "row"])
@pytest.mark.parametrize("name", ["", "drama"])
@pytest.mark.parametrize("named", [True, False])
def test_a_code_for_a_single_app_needs_no_client_key(
    configure, send, store, name, named
):
    one = [app(DRAMA, name)]
    configure(one if store == "settings" else (), one if store == "row" else ())

    assert send(DRAMA, named=named).status_code == 200
    assert check_ids() == []


@pytest.mark.parametrize(("drama", "game", "hidden"), NAMED_APART)
def test_a_user_of_both_apps_sees_both_accounts(
    configure, send, olga, client, code_url, tiktok, drama, game, hidden
):
    configure(*two_apps(("settings", "row"), (drama, game), hidden=hidden))
    for key in (DRAMA, GAME):
        body = {"code": tiktok.issue_code(key), "client_key": key, "process": "connect"}
        client.post(code_url, body, content_type="application/json")

    assert client.get(CONNECTIONS).status_code == 200
    shown = client.get(HEADLESS_ACCOUNTS).json()["data"]
    assert {a["provider"]["client_id"] for a in shown} == {DRAMA, GAME}


def test_login_page_is_for_the_app_in_its_url(configure, client):
    configure(*two_apps(("settings", "row"), ("drama", "game")))

    page = client.get(f"/accounts/ttminis/login/?client_key={GAME}").content.decode()

    assert f'"clientKey": "{GAME}"' in page
    assert client.get("/accounts/ttminis/login/").status_code == 404


def test_allauth_s_login_page_links_to_each_app(configure, client):
    configure(*two_apps(("settings", "row"), ("drama", "game")))

    page = client.get("/accounts/login/").content.decode()

    assert all(f"ttminis/login/?client_key={key}" in page for key in (DRAMA, GAME))


@pytest.mark.parametrize("client_kind", ["app", "browser"])
def test_headless_login_uses_the_app_that_the_request_names(
    configure, client, tiktok, client_kind
):
    configure(*two_apps(("settings", "row"), ("drama", "game")))
    token = {"client_id": GAME, "access_token": tiktok.issue_code(GAME, "mia")}
    body = {"provider": "game", "process": "login", "token": token}

    url = f"/_allauth/{client_kind}/v1/auth/provider/token"
    response = client.post(url, body, content_type="application/json")

    assert response.status_code == 200
    assert Identity.objects.get().client_key == GAME


# Web apps; tests/web has more of them.


@pytest.mark.parametrize("client_key", [WEB, OTHER_WEB])
@pytest.mark.parametrize("as_rows", [[], [WEB], [WEB, OTHER_WEB]], ids=len)
def test_web_login_uses_the_app_that_the_request_names(
    configure, person, tiktok, client_key, as_rows
):
    tiktok.add_app(OTHER_WEB, "other-secret")
    apps = [app(WEB, "web"), app(OTHER_WEB, "other")]
    rows = [one for one in apps if one["client_id"] in as_rows]
    configure([one for one in apps if one not in rows], rows, provider="tiktok")

    person.log_in(client_key=client_key)

    assert check_ids() == []
    assert Identity.objects.get().client_key == client_key
    assert shows(client_key, person.client)


# The fixes that the hints name.


def test_renaming_accounts_with_their_app_repairs_allauth_s_pages(configure, send):
    browser = Client(raise_request_exception=False)
    configure([app(DRAMA)])
    send(DRAMA, by=browser)
    configure([app(DRAMA, "drama"), app(GAME, "game")])
    assert (check_ids(), shows(DRAMA, browser)) == (["ttminis_auth.W003"], False)

    account = Identity.objects.get().account
    account.provider = "drama"
    account.save()
    assert (check_ids(), shows(DRAMA, browser)) == ([], True)


def test_a_login_after_renaming_the_app_finds_the_same_user(configure, send):
    configure([app(DRAMA)])
    first = send(DRAMA).json()["data"]["user"]["id"]
    configure([app(DRAMA, "drama"), app(GAME, "game")])

    assert send(DRAMA).json()["data"]["user"]["id"] == first


# The page's app, by its name.


def is_page_of_game(name):
    """Return whether a page with this name of an app is for the game."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    page = Template("{% load ttminis %}{% ttminis_sdk name=name %}")
    return GAME in page.render(Context({"request": request, "name": name}))


@pytest.mark.parametrize("stores", STORES, ids="-".join)
@pytest.mark.parametrize(("name", "is_game"), [("game", True), ("drama", False)])
def test_template_tag_finds_an_app_by_its_provider_id(configure, stores, name, is_game):
    configure(*two_apps(stores, ("drama", "game")))

    assert is_page_of_game(name) == is_game


def test_template_tag_finds_an_app_by_its_name(configure):
    configure(*two_apps(("settings", "row"), ("drama", "game")))

    assert is_page_of_game(GAME)


@pytest.mark.parametrize("name", ["drama", "GAME", "tiktok"])
def test_template_tag_refuses_a_name_of_no_app(configure, name):
    configure(*two_apps(("settings", "row"), ("both", "game")))

    with pytest.raises(ImproperlyConfigured, match="No such TikTok Minis app"):
        is_page_of_game(name)


def test_template_tag_refuses_a_name_of_two_apps(configure):
    configure(*two_apps(("settings", "row"), ("both", "both")))

    with pytest.raises(ImproperlyConfigured, match="several of that name"):
        is_page_of_game("both")


def test_settings_in_the_hint_of_e005_resolve_the_error(configure):
    configure(*two_apps(("settings", "settings"), ("", "")))
    hint = next(m.hint for m in run_checks() if m.id == "ttminis_auth.E005")
    shown = hint[hint.index("{") : hint.index(". An account")].replace("…", '"s"')

    configure(json.loads(shown)["ttminis"]["APPS"])

    assert check_ids() == []
