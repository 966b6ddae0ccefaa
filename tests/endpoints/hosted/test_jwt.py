"""Logins of a project whose headless tokens are JSON web tokens."""

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests.endpoints.hosted.hosted_page import JSON, SESSION, HostedPage
from tests.fixtures import error_code
from ttminis_auth.models import Identity
from ttminis_auth.removal import deauthorize

pytestmark = pytest.mark.django_db

User = get_user_model()
REFRESH = "/_allauth/app/v1/tokens/refresh"
API = ["/api/drf/jwt", "/api/ninja/jwt"]


@pytest.fixture(scope="module")
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


@pytest.fixture(autouse=True)
def _jwt(settings, private_key):
    strategy = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"
    settings.HEADLESS_TOKEN_STRATEGY = strategy
    settings.HEADLESS_JWT_PRIVATE_KEY = private_key


def bearer(token):
    return HostedPage(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def meta(send_code):
    """The ``meta`` of Mia's first login."""
    return send_code("mia").json()["meta"]


def test_a_login_gives_an_access_token_and_a_refresh_token(meta, private_key):
    claims = jwt.decode(meta["access_token"], options={"verify_signature": False})

    assert claims["sub"] == str(User.objects.get().pk)
    assert claims["token_use"] == "access"
    assert meta["refresh_token"]
    assert meta["session_token"]


def test_a_later_login_gives_a_new_access_token_only(send_code, meta):
    again = send_code("mia", by=bearer(meta["access_token"])).json()["meta"]

    assert bearer(again["access_token"]).me() == User.objects.get().pk
    assert not {"refresh_token", "session_token"} & set(again)


def test_an_access_token_authenticates_the_user(meta):
    assert bearer(meta["access_token"]).me() == User.objects.get().pk


@pytest.mark.parametrize("path", API)
def test_the_project_s_api_accepts_an_access_token(meta, path):
    response = bearer(meta["access_token"]).get(path)

    assert response.json() == {"id": User.objects.get().pk}


def test_a_refreshed_access_token_authenticates_the_user(client, meta):
    body = {"refresh_token": meta["refresh_token"]}
    refreshed = client.post(REFRESH, body, content_type=JSON).json()["data"]

    assert bearer(refreshed["access_token"]).me() == User.objects.get().pk


def test_connecting_works_with_an_access_token(send_code, client, olga):
    body = {"username": "olga", "password": "a long password"}
    login = HostedPage().post("/_allauth/app/v1/auth/login", body, content_type=JSON)
    page = bearer(login.json()["meta"]["access_token"])

    assert send_code("mia", by=page, process="connect").status_code == 200
    assert Identity.objects.get().account.user == olga


def test_a_switched_account_gets_new_tokens(send_code, meta):
    page = bearer(meta["access_token"])

    switched = send_code("noah", by=page).json()["meta"]

    assert switched["access_token"] != meta["access_token"]
    assert bearer(switched["access_token"]).me() == User.objects.latest("pk").pk


def test_the_former_access_token_is_invalid_after_a_switch(send_code, meta):
    send_code("noah", by=bearer(meta["access_token"]))

    assert bearer(meta["access_token"]).get(SESSION).status_code == 410


GARBAGE = {
    "nothing": "",
    "no token": "x",
    "three parts": "a.b.c",
    "unsigned": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "oversized": "x" * 100_000,
    "beyond ASCII": "k\xf6nig",
    "twice": "a.b.c, Bearer a.b.c",
    "a session's token": "k3vq8m2xw9abk3vq8m2xw9abk3vq8m2x",
}


@pytest.mark.parametrize("token", GARBAGE.values(), ids=GARBAGE)
def test_a_malformed_token_authenticates_no_user(send_code, token):
    page = bearer(token)

    response = send_code("mia", by=page, process="connect")

    assert error_code(response) == "login_required"
    assert page.me() is None


@pytest.mark.parametrize("token", GARBAGE.values(), ids=GARBAGE)
def test_a_malformed_token_does_not_prevent_a_login(send_code, token):
    assert send_code("mia", by=bearer(token)).status_code == 200


def test_a_token_signed_with_another_key_authenticates_no_user(send_code, meta):
    claims = jwt.decode(meta["access_token"], options={"verify_signature": False})
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    forged = bearer(jwt.encode(claims, other, algorithm="RS256"))

    assert forged.me() is None
    assert error_code(send_code("noah", by=forged, process="connect")) == (
        "login_required"
    )


def test_a_refresh_token_is_no_access_token(meta):
    assert bearer(meta["refresh_token"]).me() is None


def test_an_expired_token_authenticates_no_user(send_code, settings):
    settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = -1
    page = bearer(send_code("mia").json()["meta"]["access_token"])

    assert page.me() is None
    assert [page.get(path).status_code for path in API] == [401, 401]


def test_a_removal_ends_the_tokens(client, meta, settings):
    later = timezone.now() + timedelta(seconds=2)
    deauthorize.remove(Identity.objects.get(), reason=1, at=later)

    assert bearer(meta["access_token"]).me() is None
    body = {"refresh_token": meta["refresh_token"]}
    assert client.post(REFRESH, body, content_type=JSON).status_code in (400, 410)


@pytest.mark.parametrize("path", API)
def test_stateful_validation_ends_tokens_in_the_project_s_api(meta, settings, path):
    """Without this setting a token is valid until it expires, for five minutes."""
    settings.HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
    later = timezone.now() + timedelta(seconds=2)

    deauthorize.remove(Identity.objects.get(), reason=1, at=later)

    assert bearer(meta["access_token"]).get(path).status_code == 401
