"""An attacker on the staff sets up an app of another provider with a TikTok name."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import (
    SocialAccount,
    SocialApp,
    SocialLogin,
    SocialToken,
)
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
)
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.providers.tiktok.provider import TikTokProvider
from allauth.socialaccount.signals import social_account_updated
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.core.client_apps.attacker import CLIENT_ID, Attacker
from tests.core.client_apps.conftest import app
from tests.databases import connection
from tests.fixtures import DRAMA, GAME, error_code
from tests.web.conftest import WEB
from ttminis_auth.login import foreign_providers
from ttminis_auth.models import Identity
from ttminis_auth.provider import TTMinisProvider

pytestmark = pytest.mark.django_db

HIDDEN = app(DRAMA, "drama", hidden=True)
NAMES = ["drama", "ttminis", "tiktok", "game", "DRAMA", "TTMinis", "dráma", "dra ma"]


@pytest.fixture(scope="module")
def server():
    with Attacker() as attacker:
        yield attacker


@pytest.fixture
def attack(server, settings, monkeypatch):
    """Set up the attacker's app, and log in by it: ``attack("drama", "open_id")``."""
    provider_map = {**registry.provider_map, "openid_connect": OpenIDConnectProvider}
    monkeypatch.setattr(registry, "provider_map", provider_map)
    settings.ROOT_URLCONF = "tests.core.client_apps.urls_with_openid"

    def headless(provider_id, sub, *, process="login", by=None):
        plant(server, provider_id)
        return log_in(sub, process, by or Client())

    def log_in(sub, process, by):
        server.claims = {"sub": sub, "union_id": "union", "display_name": "Mallory"}
        token = {"client_id": CLIENT_ID, "id_token": server.id_token()}
        body = {"provider": "openid_connect", "process": process, "token": token}
        url = "/_allauth/browser/v1/auth/provider/token"
        return by.post(url, body, content_type="application/json")

    return headless


def plant(server, provider_id, **fields):
    usual = {"name": "Shop", "client_id": CLIENT_ID, "secret": "s"}
    usual["settings"] = {"server_url": server.url}
    return SocialApp.objects.create(
        provider="openid_connect", provider_id=provider_id, **usual | fields
    )


@pytest.fixture
def superuser(configure, authorize, client, settings):
    """An operator who opened the mini app once, and agreed to show a profile."""
    configure([HIDDEN, app(GAME, "game", hidden=True)])
    assert authorize("mia").status_code == 200
    user = get_user_model().objects.get()
    user.is_superuser = True
    user.save()
    client.logout()
    return user


@pytest.fixture
def uid(superuser):
    return Identity.objects.get().open_id


def logged_in(browser):
    return browser.session.get("_auth_user_id")


def test_foreign_server_does_not_log_in_as_a_tiktok_user(attack, uid):
    browser = Client()

    response = attack("drama", uid, by=browser)

    assert (response.status_code, error_code(response)) == (400, "misconfigured")
    assert logged_in(browser) is None


def test_foreign_server_does_not_log_in_by_a_redirect(attack, server, uid):
    plant(server, "drama")
    server.claims = {"sub": uid}
    browser = Client()
    address = browser.post("/accounts/oidc/drama/login/")["Location"]
    state = parse_qs(urlsplit(address).query)["state"][0]

    page = browser.get(f"/accounts/oidc/drama/login/callback/?code=c&state={state}")

    assert page.status_code == 401
    assert logged_in(browser) is None


def test_foreign_server_does_not_log_in_as_a_user_of_a_removed_app(
    attack, uid, configure
):
    configure()
    browser = Client()

    assert error_code(attack("drama", uid, by=browser)) == "misconfigured"
    assert logged_in(browser) is None


def test_foreign_server_does_not_log_in_if_most_accounts_have_no_identity(
    attack, uid, configure, local_user, monkeypatch
):
    configure()
    monkeypatch.setattr(foreign_providers, "SAMPLE", 1)
    SocialAccount.objects.create(user=local_user, provider="drama", uid="")
    browser = Client()

    assert error_code(attack("drama", uid, by=browser)) == "misconfigured"
    assert logged_in(browser) is None


def test_foreign_server_does_not_log_in_as_a_user_of_the_web_login(attack, person):
    person.log_in()
    browser = Client(raise_request_exception=False)

    response = attack("tiktok", SocialAccount.objects.get().uid, by=browser)

    assert response.status_code == 500  # allauth looks for the app of that name
    assert logged_in(browser) is None


@pytest.fixture
def old(local_user, configure):
    """A TikTok account from before this package was installed."""
    configure([app(WEB, "site", hidden=True)], provider="tiktok")
    return SocialAccount.objects.create(user=local_user, provider="site", uid="old")


def test_foreign_server_does_not_log_in_as_a_user_without_identity(attack, old):
    browser = Client()

    assert error_code(attack("site", "old", by=browser)) == "misconfigured"
    assert logged_in(browser) is None


def test_claims_of_a_foreign_server_are_not_stored(attack, uid, superuser):
    union_id = Identity.objects.get().union_id

    attack("drama", uid)

    account = SocialAccount.objects.get()
    assert account.extra_data == {"open_id": uid, "union_id": union_id}
    assert Identity.objects.get().union_id == union_id


def test_union_id_of_a_foreign_server_is_not_stored_without_identity(attack, old):
    attack("site", "old")

    assert SocialAccount.objects.get().extra_data == {"open_id": "old"}


def test_the_next_consent_restores_the_profile(attack, uid, authorize, client):
    attack("drama", uid)

    answer = authorize("mia").json()["data"]["ttminis"]

    assert answer["profile"]["display_name"] == "Mia"


def test_no_token_of_a_foreign_server_is_stored(attack, uid, settings):
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    attack("drama", uid)

    assert not SocialToken.objects.exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("process", ["login", "connect"])
def test_foreign_server_cannot_prepare_an_account_for_a_visitor(
    attack, superuser, olga, client, name, process
):
    client.raise_request_exception = False

    response = attack(name, "open_id-of-a-visitor", process=process, by=client)

    assert response.status_code in (400, 500)
    assert not SocialAccount.objects.filter(uid="open_id-of-a-visitor").exists()


def test_foreign_server_cannot_prepare_an_account_through_an_adapter(
    attack, superuser, settings
):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.LinkingAdapter"
    get_user_model().objects.create_user("olga")

    assert error_code(attack("drama", "first")) == "misconfigured"
    assert not SocialAccount.objects.filter(uid="first").exists()


def test_foreign_server_cannot_prepare_an_account_of_a_removed_app(
    attack, superuser, configure
):
    configure()

    assert error_code(attack("drama", "another")) == "misconfigured"


def test_the_log_names_the_app_of_a_foreign_server(attack, uid, caplog):
    attack("drama", uid)

    (record,) = [r for r in caplog.records if r.name == "ttminis_auth"]
    assert record.levelname == "ERROR"
    assert f"client id {CLIENT_ID}" in record.getMessage()
    assert uid not in caplog.text


def test_an_app_with_any_other_provider_id_can_log_users_in(attack, superuser):
    browser = Client()

    assert attack("company", "1", by=browser).status_code == 200
    assert SocialAccount.objects.get(provider="company").user_id != superuser.pk


def test_an_adapter_can_connect_an_account_of_any_other_provider(attack, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.LinkingAdapter"
    olga = get_user_model().objects.create_user("olga")

    assert attack("company", "first").status_code == 200
    assert SocialAccount.objects.get(uid="first").user == olga


def test_a_known_account_of_another_provider_is_checked_once(attack):
    attack("company", "1")
    SocialApp.objects.all().delete()

    with CaptureQueriesContext(connection) as queries:
        assert attack("company", "1").status_code == 200

    asked = [q["sql"] for q in queries if Identity._meta.db_table in q["sql"]]
    assert asked
    assert len(asked) == len(set(asked))


def test_a_saml_app_with_a_tiktok_provider_id_is_refused(uid, rf):
    row = SocialApp.objects.create(provider="saml", provider_id="drama", client_id="o")
    login = SocialLogin(provider=SAMLProvider(rf.get("/"), app=row))
    login.account = SocialAccount.objects.get(uid=uid)

    with pytest.raises(PermissionDenied):
        social_account_updated.send(SocialLogin, request=None, sociallogin=login)


def test_a_login_without_provider_as_a_tiktok_user_is_refused(uid):
    login = SocialLogin(account=SocialAccount.objects.get(uid=uid))

    with pytest.raises(PermissionDenied):
        social_account_updated.send(SocialLogin, request=None, sociallogin=login)


def test_a_login_by_allauth_s_own_tiktok_provider_is_not_foreign(old, rf):
    row = SocialApp(provider="tiktok", provider_id="site", client_id=WEB)
    login = SocialLogin(provider=TikTokProvider(rf.get("/"), app=row), account=old)

    social_account_updated.send(SocialLogin, request=None, sociallogin=login)

    assert not foreign_providers.is_foreign(login)


class OwnProvider(TTMinisProvider):
    id = "own"


def test_a_login_by_a_subclass_of_our_provider_is_not_foreign(uid, rf):
    row = SocialApp(provider="own", provider_id="drama", client_id=DRAMA)
    provider = OwnProvider(rf.get("/"), app=row)
    login = SocialLogin(provider=provider, account=SocialAccount.objects.get(uid=uid))

    assert not foreign_providers.is_foreign(login)


def test_a_tiktok_user_can_log_in_after_an_attack(attack, uid, send, superuser):
    attack("drama", uid)

    assert send(DRAMA).json()["data"]["user"]["id"] == superuser.pk
