"""The consent page of Login Kit for the web, and the codes that it gives."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.simulator.conftest import Api
from ttminis_auth.simulator.world import World

WEB = "awsimweb00000003"
WEB_CREDENTIALS = {"client_key": WEB, "client_secret": "simulated-web-secret"}
CALLBACK = "https://site.example/callback/"
BOTH = "user.info.basic,user.info.profile"
ASKED = {
    "client_key": WEB,
    "scope": BOTH,
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "state": "opaque &=state",
}
VERIFIER = "a verifier that cannot be guessed, of more than 43 characters"


class Consent:
    """A browser in front of the consent page."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def open(self, **changes: Any) -> requests.Response:
        params = {**ASKED, **changes}
        return self.api.call("GET", "/v2/auth/authorize/", params=params)

    def press(self, decision: str, scopes: str = BOTH, **changes: Any) -> Any:
        """Answer the page, and return what arrives at the site."""
        page = self.open(**changes)
        token = re.search('csrfmiddlewaretoken" value="([^"]+)', page.text)
        assert token
        data = {
            "csrfmiddlewaretoken": token[1],
            "decision": decision,
            "scope": scopes.split(","),
        }
        path = page.url.removeprefix(self.api.url)
        return arrived(self.api.call("POST", path, data=data))


def arrived(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACK + "?")
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@pytest.fixture
def consent(api: Api) -> Consent:
    return Consent(api)


def exchange(api: Api, code: str, **fields: Any) -> Any:
    fields = {**WEB_CREDENTIALS, "redirect_uri": CALLBACK, **fields}
    return api.exchange(code, **fields).json()


# The page.


def test_page_names_the_user_the_scopes_and_the_app(consent: Consent) -> None:
    page = consent.open().text
    assert "Web site wants to log you in" in page
    assert "<strong>Mia</strong>. site.example would see" in page
    assert all(scope in page for scope in BOTH.split(","))


def test_page_offers_no_consent_without_a_signed_in_user(
    tiktok: World, consent: Consent
) -> None:
    tiktok.sign_in(None)
    assert 'value="allow"' not in consent.open().text


def test_page_must_not_be_stored(consent: Consent) -> None:
    assert consent.open().headers["Cache-Control"] == "no-store"


def test_page_is_protected_against_forged_answers(api: Api) -> None:
    api.call("GET", "/v2/auth/authorize/", params=ASKED)
    answer = api.call(
        "POST", "/v2/auth/authorize/", params=ASKED, data={"decision": "allow"}
    )
    assert answer.status_code == 403


def test_visits_are_recorded_without_state_and_challenge(
    tiktok: World, consent: Consent
) -> None:
    consent.open(code_challenge="abc", code_challenge_method="S256")
    seen = tiktok.requests[-1]
    assert (seen.endpoint, seen.method, seen.status) == ("authorize", "GET", 200)
    assert (seen.fields["scope"], seen.fields["redirect_uri"]) == (BOTH, CALLBACK)
    assert {seen.fields["state"], seen.fields["code_challenge"]} == {"•••"}


def test_other_methods_are_not_allowed(api: Api) -> None:
    answer = api.call("PUT", "/v2/auth/authorize/", params=ASKED)
    assert answer.status_code == 405


# What arrives at the site.


def test_consent_brings_a_code_the_scopes_and_the_state(consent: Consent) -> None:
    answer = consent.press("allow")
    assert answer["scopes"] == BOTH
    assert answer["state"] == ASKED["state"]
    assert answer.keys() == {"code", "scopes", "state"}


def test_refusal_brings_an_error_and_the_state(consent: Consent) -> None:
    answer = consent.press("deny")
    assert (answer["error"], answer["state"]) == ("access_denied", ASKED["state"])
    assert answer["error_description"]


def test_consent_without_a_signed_in_user_is_a_refusal(
    tiktok: World, consent: Consent
) -> None:
    tiktok.sign_in(None)
    assert consent.press("allow")["error"] == "access_denied"


def test_unchecked_scope_is_not_granted(api: Api, consent: Consent) -> None:
    answer = consent.press("allow", scopes="user.info.basic")
    assert answer["scopes"] == "user.info.basic"
    assert exchange(api, answer["code"])["scope"] == "user.info.basic"


def test_basic_scope_cannot_be_unchecked(consent: Consent) -> None:
    assert consent.press("allow", scopes="user.info.profile")["scopes"] == BOTH


def test_scope_that_was_not_asked_for_is_not_granted(consent: Consent) -> None:
    answer = consent.press("allow", scope="user.info.basic")
    assert answer["scopes"] == "user.info.basic"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "user.info.basic,video.list"}, "invalid_scope"),
        ({"state": ""}, "invalid_request"),
        ({"code_challenge": "abc"}, "invalid_request"),
        (
            {"code_challenge": "abc", "code_challenge_method": "plain"},
            "invalid_request",
        ),
    ],
)
def test_wrong_request_goes_back_to_the_site(
    consent: Consent, change: dict[str, str], error: str
) -> None:
    assert arrived(consent.open(**change))["error"] == error


@pytest.mark.parametrize(
    "change",
    [
        {"client_key": "aw-unknown"},
        {"client_key": None},
        {"redirect_uri": None},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "https:/callback/"},
        {"redirect_uri": "https://[site/"},
        {"redirect_uri": "https://site.example/?next=/"},
        {"redirect_uri": "https://site.example/#top"},
        {"redirect_uri": "https://site.example/" + "x" * 500},
    ],
)
def test_unknown_site_is_sent_nowhere(consent: Consent, change: dict[str, str]) -> None:
    answer = consent.open(**change)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


# What the code is good for.


def test_code_of_the_web_buys_the_same_union_id(
    tiktok: World, api: Api, consent: Consent
) -> None:
    tokens = exchange(api, consent.press("allow")["code"])
    info = api.user_info(tokens["access_token"], "open_id,union_id,username").json()
    assert tokens["open_id"] == tiktok.open_id("mia", WEB)
    assert info["data"]["user"] == {
        "open_id": tiktok.open_id("mia", WEB),
        "union_id": tiktok.union_id("mia", "mnsimdrama000001"),
        "username": "mia",
    }


@pytest.mark.parametrize(
    ("redirect_uri", "error"),
    [(None, "invalid_request"), ("https://evil.example/", "invalid_grant")],
)
def test_code_is_bound_to_the_address_it_was_sent_to(
    api: Api, consent: Consent, redirect_uri: str | None, error: str
) -> None:
    code = consent.press("allow")["code"]
    assert exchange(api, code, redirect_uri=redirect_uri)["error"] == error


def test_code_sent_with_a_wrong_address_is_spent_for_nothing(
    tiktok: World, api: Api, consent: Consent
) -> None:
    code = consent.press("allow")["code"]
    exchange(api, code, redirect_uri="https://evil.example/")
    assert exchange(api, code)["error"] == "invalid_grant"
    assert tiktok.connected == set()


def test_code_survives_an_attempt_by_another_app(api: Api, consent: Consent) -> None:
    code = consent.press("allow")["code"]
    api.exchange(code, redirect_uri="https://evil.example/")
    assert "access_token" in exchange(api, code)


def test_code_can_be_issued_for_an_address_without_the_page(
    tiktok: World, api: Api
) -> None:
    code = tiktok.issue_code(WEB, "noah", redirect_uri=CALLBACK)
    assert exchange(api, code)["open_id"] == tiktok.open_id("noah", WEB)


def rfc_7636(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode().rstrip("=")


@pytest.mark.parametrize("encode", [rfc_7636, bytes.hex])
@pytest.mark.parametrize(
    ("verifier", "outcome"),
    [(VERIFIER, "access_token"), ("another", "error"), (None, "error")],
)
def test_challenge_has_to_be_proved(
    api: Api, consent: Consent, encode: Any, verifier: str | None, outcome: str
) -> None:
    challenge = encode(hashlib.sha256(VERIFIER.encode()).digest())
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    code = consent.press("allow", **asked)["code"]
    assert outcome in exchange(api, code, code_verifier=verifier)
