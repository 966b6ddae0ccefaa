"""The page on which a person plays TikTok."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.simulator.conftest import DRAMA, GAME, Api
from ttminis_auth.simulator.world import World

FORMS = [
    "sign_in",
    "remove_app",
    "end",
    "set_webhook_url",
    "send_webhook",
    "replay",
    "order_fault",
    "clear_faults",
    "clear",
]


def url(name: str) -> str:
    return reverse(f"ttminis_simulator:{name}")


@pytest.fixture
def page(client: Client, tiktok: World) -> Any:
    """Load the page and return its text."""
    return lambda: client.get(url("control")).content.decode()


def press(client: Client, form: str, **fields: Any) -> Any:
    return client.post(url(form), fields)


def test_page_marks_who_is_signed_in(page: Any) -> None:
    assert re.findall(r'value="(\w*)" aria-pressed="true"', page()) == ["mia"]


def test_page_marks_that_no_user_is_signed_in(page: Any, tiktok: World) -> None:
    tiktok.sign_in(None)
    assert re.findall(r'value="(\w*)" aria-pressed="true"', page()) == [""]


def test_another_user_can_sign_in(client: Client, tiktok: World) -> None:
    answer = press(client, "sign_in", handle="aiko")
    assert tiktok.signed_in == "aiko"
    assert (answer.status_code, answer.url) == (302, url("control") + "#people")


def test_empty_handle_signs_the_user_out(client: Client, tiktok: World) -> None:
    press(client, "sign_in", handle="")
    assert tiktok.signed_in is None


def test_connected_app_is_shown(page: Any, tokens: dict[str, Any]) -> None:
    assert "Mia uses <strong>Drama</strong>" in page()


def test_app_can_be_removed(
    client: Client, page: Any, tiktok: World, tokens: dict[str, Any]
) -> None:
    press(client, "remove_app", handle="mia", client_key=DRAMA)
    assert tiktok.connected == set()
    assert "No app holds a token yet." in page()


def test_access_tokens_can_be_expired(
    client: Client, api: Api, tokens: dict[str, Any]
) -> None:
    press(client, "end", what="access_tokens")
    assert api.user_info(tokens["access_token"], "open_id").status_code == 401


def test_refresh_tokens_can_be_expired(
    client: Client, api: Api, tokens: dict[str, Any]
) -> None:
    press(client, "end", what="refresh_tokens")
    assert api.refresh(tokens["refresh_token"]).status_code == 400


def test_tokens_can_be_killed(client: Client, tiktok: World) -> None:
    tiktok.issue_tokens(DRAMA, "mia")
    tiktok.issue_tokens(GAME, "noah")
    press(client, "end", what="tokens")
    assert tiktok.connected == set()


def test_tokens_can_be_killed_for_one_person_in_one_app(
    client: Client, tiktok: World
) -> None:
    for app, who in ((DRAMA, "mia"), (GAME, "mia"), (DRAMA, "noah")):
        tiktok.issue_tokens(app, who)
    press(client, "end", what="tokens", handle="mia", client_key=DRAMA)
    assert tiktok.connected == {("mia", GAME), ("noah", DRAMA)}


def test_removal_without_address_is_said_to_be_silent(
    client: Client, tiktok: World, tokens: dict[str, Any]
) -> None:
    answer = press(client, "remove_app", handle="mia", client_key=DRAMA)
    assert answer.url == url("control") + "?sent=0#apps"
    assert "No webhook was sent" in client.get(answer.url).content.decode()


def test_long_list_of_connections_is_cut(page: Any, tiktok: World) -> None:
    for number in range(60):
        tiktok.add_person(f"p{number}", f"Person {number}")
        tiktok.issue_tokens(DRAMA, f"p{number}")
    text = page()
    assert text.count("uses <strong>Drama</strong>") == 50
    assert "And 10 more." in text


def test_codes_can_be_expired(client: Client, api: Api, code: str) -> None:
    press(client, "end", what="codes")
    assert api.exchange(code).status_code == 400


@pytest.mark.parametrize("form", ["sign_in", "remove_app", "end", "replay", "clear"])
def test_form_that_names_nothing_known_is_refused(
    client: Client, tiktok: World, form: str
) -> None:
    assert press(client, form, handle="stranger", what="nothing").status_code == 400


def test_fault_can_be_ordered(client: Client, tiktok: World) -> None:
    answer = press(client, "order_fault", fault="token html_502", times=3)
    (fault,) = tiktok.faults
    assert (fault.kind, fault.endpoint, fault.times) == ("html_502", "token", 3)
    assert answer.url == url("control") + "#faults"


def test_late_answer_can_be_ordered_in_seconds(client: Client, tiktok: World) -> None:
    press(client, "order_fault", fault="token slow", times=1, seconds="2.5")
    assert tiktok.faults[0].options == {"seconds": 2.5}


def test_seconds_are_left_out_where_they_mean_nothing(
    client: Client, tiktok: World
) -> None:
    press(client, "order_fault", fault="sdk silent", times=1, seconds="2.5")
    assert tiktok.faults[0].options == {}


@pytest.mark.parametrize(
    "fields",
    [{"fault": "token silent", "times": 1}, {"fault": "token slow", "times": 0}],
)
def test_impossible_order_is_explained(
    client: Client, tiktok: World, fields: dict[str, Any]
) -> None:
    answer = press(client, "order_fault", **fields)
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert tiktok.faults == []


def test_every_fault_has_its_place_in_the_list(page: Any) -> None:
    text = page()
    assert '<optgroup label="SDK in the page">' in text
    assert '<option value="sdk silent">Never call back</option>' in text


def test_faults_to_come_are_shown(page: Any, tiktok: World) -> None:
    tiktok.order_fault("html_502", times=3)
    assert "Token endpoint: 502 as an HTML page, 3 times" in page()


def test_faults_can_be_cleared(client: Client, tiktok: World) -> None:
    tiktok.order_fault("html_502")
    press(client, "clear_faults")
    assert tiktok.faults == []


def test_arrived_request_is_shown(page: Any, api: Api) -> None:
    api.exchange("no-code")
    text = page()
    assert "POST token" in text
    assert "<b>client_secret</b> •••" in text
    assert "<td>400</td>" in text


def test_newest_request_stands_first(page: Any, api: Api) -> None:
    api.exchange("no-code")
    api.revoke("no-token")
    text = page()
    assert text.index("POST revoke") < text.index("POST token")


def test_request_without_fields_is_shown(page: Any, api: Api) -> None:
    api.call("GET", "/v2/user/info/")
    assert ">none</td>" in page()


def test_requests_can_be_cleared(client: Client, api: Api, tiktok: World) -> None:
    api.exchange("no-code")
    press(client, "clear", what="requests")
    assert tiktok.requests == []


def test_everything_can_start_afresh(
    client: Client, tiktok: World, tokens: dict[str, Any]
) -> None:
    tiktok.sign_in("noah")
    press(client, "clear", what="world")
    assert (tiktok.signed_in, tiktok.connected) == ("mia", set())


def test_page_shows_no_code_token_or_secret(
    page: Any, api: Api, tiktok: World, code: str
) -> None:
    tokens = api.exchange(code).json()
    api.refresh(tokens["refresh_token"])
    secrets = [code, tokens["access_token"], tokens["refresh_token"]]
    text = page()
    assert not any(secret in text for secret in [*secrets, "drama-secret"])


@pytest.mark.parametrize("form", FORMS)
def test_form_without_csrf_token_is_refused(form: str, tiktok: World) -> None:
    client = Client(enforce_csrf_checks=True)
    assert press(client, form, handle="aiko", what="world").status_code == 403
    assert tiktok.signed_in == "mia"


@pytest.mark.parametrize("form", FORMS)
def test_form_cannot_be_sent_by_get(client: Client, tiktok: World, form: str) -> None:
    assert client.get(url(form)).status_code == 405


def test_page_cannot_be_posted_to(client: Client, tiktok: World) -> None:
    assert client.post(url("control")).status_code == 405


def test_page_needs_no_script_and_no_inline_style(page: Any) -> None:
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page())


def test_style_sheet_knows_dark_and_light(client: Client, tiktok: World) -> None:
    answer = client.get(url("stylesheet"))
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert b"prefers-color-scheme: dark" in answer.content


def test_page_works_on_the_bare_server_too(api: Api, tiktok: World) -> None:
    text = api.call("GET", "/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
    assert token
    form = {"handle": "noah", "csrfmiddlewaretoken": token[1]}
    answer = api.call("POST", "/control/sign-in/", data=form)
    assert answer.headers["Location"] == "/#people"
    assert tiktok.signed_in == "noah"
