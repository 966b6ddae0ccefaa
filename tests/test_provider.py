"""TikTok Minis as allauth and its headless endpoint see it."""

import pytest
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client

from tests.fixtures import DRAMA
from tests.grants import access
from ttminis_auth.models import Identity
from ttminis_auth.provider import TTMinisProvider

pytestmark = pytest.mark.django_db

User = get_user_model()
JSON = "application/json"


@pytest.fixture
def provider(rf):
    return get_adapter().get_provider(rf.get("/"), "ttminis")


@pytest.fixture
def token_login(client, tiktok):
    """Log in as a stock headless client does; ``code=None`` issues a good one."""

    def post(code=None, *, handle="mia", face="app", process="login", headers=None):
        token = {
            "client_id": DRAMA,
            "access_token": code or tiktok.issue_code(DRAMA, handle),
        }
        body = {"provider": "ttminis", "process": process, "token": token}
        url = f"/_allauth/{face}/v1/auth/provider/token"
        return client.post(url, body, content_type=JSON, headers=headers or {})

    return post


# allauth's pages.


def test_the_login_page_lists_it(client, tiktok):
    page = client.get("/accounts/login/").content.decode()

    assert f"/accounts/ttminis/login/?client_key={DRAMA}" in page


def test_the_login_url_carries_next_and_process(provider, rf):
    url = provider.get_login_url(rf.get("/"), next="/shop/", process="connect")

    assert url.endswith(f"?client_key={DRAMA}&next=%2Fshop%2F&process=connect")


def test_a_redirect_goes_to_the_page_with_the_button(provider, rf):
    response = provider.redirect(rf.get("/"), "connect", next_url="/shop/")

    assert response.url == provider.get_login_url(
        rf.get("/"), process="connect", next="/shop/"
    )


def test_a_redirect_without_next_names_none(provider, rf):
    assert "next=" not in provider.redirect(rf.get("/"), "login").url


def test_the_connections_page_shows_the_account(send_code, client):
    send_code("mia")

    assert "TikTok" in client.get("/accounts/3rdparty/").content.decode()


def test_an_account_with_a_profile_shows_its_name_and_picture(local_user, provider):
    account = SocialAccount(
        user=local_user,
        provider="ttminis",
        extra_data={"display_name": "Mia", "avatar_url": "https://p16.example/m.jpg"},
    )

    shown = provider.wrap_account(account)

    assert shown.to_str() == "Mia"
    assert shown.get_avatar_url() == "https://p16.example/m.jpg"


@pytest.mark.parametrize(
    "stored", [{"avatar_url": None}, {"avatar_url": 5}, {"avatar_url": {}}, [], None]
)
def test_an_account_without_a_usable_picture_shows_none(stored, local_user, provider):
    account = SocialAccount(provider="ttminis", extra_data=stored)

    assert provider.wrap_account(account).get_avatar_url() is None


def test_people_can_disconnect_an_account(send_code, olga, client):
    send_code("mia", process="connect")
    account = SocialAccount.objects.get()

    client.post("/accounts/3rdparty/", {"account": account.pk})

    assert not Identity.objects.exists()


# allauth's headless endpoint.


@pytest.mark.parametrize("face", ["app", "browser"])
def test_a_headless_client_sends_the_code_as_access_token(token_login, face, tiktok):
    response = token_login(face=face)

    assert response.status_code == 200
    assert Identity.objects.get().open_id == tiktok.open_id("mia", DRAMA)


def test_an_app_client_goes_on_with_its_session_token(token_login, client):
    meta = token_login().json()["meta"]

    headers = {"X-Session-Token": meta["session_token"]}
    session = client.get("/_allauth/app/v1/auth/session", headers=headers)

    assert session.json()["data"]["user"]["id"] == User.objects.get().pk


def test_a_headless_client_finds_the_client_key(client, tiktok):
    config = client.get("/_allauth/app/v1/config").json()

    provider = next(
        p
        for p in config["data"]["socialaccount"]["providers"]
        if p["id"] == TTMinisProvider.id
    )
    assert provider["client_id"] == DRAMA
    assert provider["flows"] == ["provider_token"]


def test_a_raw_tiktok_token_is_not_accepted(token_login, send_code):
    send_code("mia")
    token = access(Identity.objects.get().grants.get())

    response = token_login(token)

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "code_rejected"


def test_an_outage_is_shown_by_its_code(token_login, tiktok):
    tiktok.order_fault("html_502")

    response = token_login()

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "tiktok_unavailable"


def test_an_id_token_is_not_taken_for_a_code(client, tiktok):
    token = {"client_id": DRAMA, "id_token": tiktok.issue_code(DRAMA, "mia")}
    body = {"provider": "ttminis", "process": "login", "token": token}

    response = client.post(
        "/_allauth/app/v1/auth/provider/token", body, content_type=JSON
    )

    assert response.status_code == 400
    assert tiktok.requests == []


def test_a_headless_login_does_not_take_over_a_password_session(
    token_login, send_code, client, local_user
):
    send_code("mia", by=Client())
    client.force_login(local_user)

    response = token_login(face="browser")

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "account_mismatch"
    assert client.session["_auth_user_id"] == str(local_user.pk)


def test_a_headless_connect_adds_the_account(token_login, client, local_user):
    client.force_login(local_user)

    response = token_login(face="browser", process="connect")

    assert response.status_code == 200
    assert Identity.objects.get().account.user == local_user
