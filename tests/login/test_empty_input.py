"""What shows nothing is no code, and is not sent to TikTok."""

import json
from urllib.parse import urlencode

import pytest
from django.contrib.auth import authenticate
from django.http import HttpRequest

from tests.fixtures import DRAMA, error_code

pytestmark = pytest.mark.django_db

EMPTY = {
    "a blank": " ",
    "blanks": "   ",
    "a no-break space": "\u00a0",
    "ideographic spaces": "\u3000\u3000",
    "zero-width spaces": "\u200b\u200b",
    "Hangul fillers": "\u3164\u3164",
    "a Braille blank": "\u2800",
    "combining marks alone": "\u0301\u0301",
    "a variation selector": "\ufe0f",
    "nothing": "",
}
empty = pytest.mark.parametrize("code", EMPTY.values(), ids=EMPTY)


@empty
@pytest.mark.parametrize("write", [json.dumps, urlencode])
def test_an_empty_code_is_a_malformed_request(client, code_url, tiktok, code, write):
    kind = "json" if write is json.dumps else "x-www-form-urlencoded"

    response = client.post(
        code_url, write({"code": code}), content_type=f"application/{kind}"
    )

    assert (response.status_code, error_code(response)) == (400, "invalid_request")
    assert response.json()["errors"][0]["param"] == "code"
    assert tiktok.requests == []


@empty
def test_an_empty_code_of_a_headless_client_is_not_sent(client, tiktok, code):
    token = {"client_id": DRAMA, "access_token": code}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = "/_allauth/app/v1/auth/provider/token"

    response = client.post(url, body, content_type="application/json")

    assert response.status_code == 400
    assert tiktok.requests == []


@pytest.mark.parametrize("code", [*EMPTY.values(), None, 7, b"code", ["code"]])
def test_authenticate_sends_no_code_that_is_none(tiktok, code):
    assert authenticate(HttpRequest(), ttminis_code=code) is None
    assert tiktok.requests == []


@pytest.mark.parametrize("client_key", ["", " ", "\u3164", "\u2800"])
def test_an_empty_client_key_is_unknown(send_code, tiktok, client_key):
    response = send_code("mia", client_key=client_key)

    assert (response.status_code, error_code(response)) == (400, "unknown_client_key")
    assert tiktok.requests == []


def test_a_code_may_have_a_blank_in_it(client, code_url, tiktok):
    """As RFC 6749 allows it."""
    body = {"code": "made up"}

    response = client.post(code_url, body, content_type="application/json")

    assert (response.status_code, error_code(response)) == (401, "code_rejected")
