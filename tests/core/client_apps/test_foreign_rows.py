"""An app of another provider with our name or client key changes nothing for TikTok."""

from __future__ import annotations

from io import StringIO

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.core.management import call_command
from django.test import Client

from tests.core.client_apps.conftest import check_ids
from tests.endpoints.hosted.hosted_page import ORIGIN, origin_of
from tests.fixtures import DRAMA, GAME
from tests.web.conftest import WEB
from tests.webhooks.conftest import packed, signed
from ttminis_auth.admin.columns import app_names
from ttminis_auth.core.client_apps import is_sandbox, secrets_of
from ttminis_auth.models import Grant, Identity
from ttminis_auth.profile import user_info
from ttminis_auth.removal import deauthorize
from ttminis_auth.tiktok.secret import Secret
from ttminis_auth.tokens import access

pytestmark = pytest.mark.django_db

ROWS = {
    "our name and our key": {"provider_id": "ttminis", "client_id": DRAMA},
    "our name and another key": {"provider_id": "ttminis", "client_id": "other"},
    "our key": {"client_id": DRAMA},
    "our name in capitals": {"provider": "TTMINIS", "client_id": DRAMA},
    "the web's name and key": {"provider_id": "tiktok", "client_id": WEB},
    "our name for SAML": {"provider": "saml", "provider_id": "ttminis"},
}


def plant(**fields):
    usual = {"provider": "openid_connect", "name": "Planted", "secret": "planted"}
    return SocialApp.objects.create(**usual | fields)


@pytest.fixture(params=ROWS.values(), ids=ROWS)
def row(request, db):
    return plant(**request.param, settings={"sandbox": True})


@pytest.fixture
def mia(row, authorize):
    assert authorize("mia").json()["data"]["ttminis"]["profile"]
    return Identity.objects.get()


@pytest.mark.parametrize("named", [True, False])
def test_logins_work_beside_a_foreign_app(row, send, named):
    answer = send(DRAMA, named=named).json()["data"]["ttminis"]

    assert answer["client_key"] == DRAMA
    assert SocialAccount.objects.get().provider == "ttminis"


def test_accounts_can_be_connected_beside_a_foreign_app(row, olga, send_code):
    assert send_code("mia", process="connect").status_code == 200
    assert SocialAccount.objects.get().user == olga


def test_web_logins_work_beside_a_foreign_app(row, person):
    person.log_in()

    assert Identity.objects.get().client_key == WEB


def test_login_page_is_for_our_app_beside_a_foreign_app(row, client):
    page = client.get("/accounts/ttminis/login/").content.decode()

    assert f'"clientKey": "{DRAMA}"' in page


def test_tokens_are_refreshed_beside_a_foreign_app(mia):
    Grant.objects.update(access_expires_at=mia.created_at)

    assert access.access_token(mia)


def test_profile_is_fetched_beside_a_foreign_app(mia):
    SocialAccount.objects.update(extra_data={})

    assert user_info.fetch(mia)


def test_tokens_are_revoked_beside_a_foreign_app(mia, tiktok):
    deauthorize.revoke(mia)

    assert tiktok.count("revoke", status=200) == 1


def test_union_ids_are_not_fetched_with_tokens_of_a_foreign_app(mia, row):
    Identity.objects.update(union_id=None)
    Grant.objects.all().delete()
    tokens_of_row = {"app": row, "account": mia.account, "token": "act.planted"}
    SocialToken.objects.create(**tokens_of_row)

    call_command("ttminis_fill_union_ids", stdout=StringIO())

    assert Identity.objects.get().union_id is None


def test_a_webhook_signed_with_a_foreign_secret_is_refused(row, client):
    body = packed()
    headers = {"TikTok-Signature": signed(body, "planted")}

    answer = client.post(
        "/hooks/tiktok/", body, content_type="application/json", headers=headers
    )

    assert answer.status_code == 400
    assert secrets_of(DRAMA) == [Secret("simulated-drama-secret")]


@pytest.mark.parametrize("origin", [ORIGIN, origin_of("other")])
def test_only_origins_of_our_apps_are_allowed(row, origin):
    asked = {"origin": origin, "access-control-request-method": "POST"}

    answer = Client().options("/accounts/ttminis/app/code/", headers=asked)

    allowed = origin == ORIGIN
    assert ("Access-Control-Allow-Origin" in answer) == allowed


def test_our_app_keeps_its_name_and_is_no_sandbox(row):
    assert app_names()[DRAMA] == "Drama"
    assert not is_sandbox(DRAMA)


@pytest.mark.parametrize("key", [DRAMA, "other"])
def test_allauth_s_token_endpoint_refuses_a_foreign_app(configure, tiktok, key):
    configure()
    plant(provider_id="ttminis", client_id=key)
    token = {"client_id": key, "access_token": tiktok.issue_code(DRAMA)}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = "/_allauth/app/v1/auth/provider/token"

    answer = Client().post(url, body, content_type="application/json")

    assert answer.status_code == 400
    assert tiktok.requests == []


def test_allauth_s_web_login_refuses_a_foreign_app(configure, client):
    configure(provider="tiktok")
    plant(provider_id="tiktok", client_id=WEB)

    assert client.post("/accounts/tiktok/login/").status_code == 404


def test_a_foreign_app_with_the_provider_id_of_old_accounts_is_reported(
    configure, send, tiktok
):
    configure([{"client_id": GAME, "secret": "simulated-game-secret"}])
    send(GAME)
    SocialAccount.objects.update(provider="retired")
    plant(provider_id="retired", client_id="other")

    assert check_ids() == ["ttminis_auth.E005"]


@pytest.mark.parametrize("name", ["ttminis", "TTMinis", "tiktok"])
def test_a_foreign_app_with_our_provider_id_is_reported(name):
    plant(provider_id=name, client_id="other")

    assert check_ids() == ["ttminis_auth.E005"]


def test_an_app_with_any_other_provider_id_is_not_reported(configure):
    plant(provider_id="company", client_id="other")

    assert check_ids() == []
