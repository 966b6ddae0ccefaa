"""A web login that does not go well: allauth's error page, and nothing changed."""

from __future__ import annotations

import logging

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client

from tests.web.conftest import (
    CALLBACK,
    LOGIN,
    OTHER_WEB,
    SCOPES,
    WEB,
    account,
    asked,
    configure,
    identity,
)
from ttminis_auth.models import Grant, Identity

pytestmark = pytest.mark.django_db

User = get_user_model()

TOKEN_FAULTS = ["error_in_200", "html_502", "missing_open_id", "truncated_json"]
PROFILE_FAULTS = ["error_in_200", "html_502", "other_open_id", "rate_limited"]


def is_error_page(response):
    return (
        response.status_code == 401
        and "socialaccount/authentication_error.html"
        in [template.name for template in response.templates]
    )


def test_refusal_by_the_person_is_a_cancelled_login(person):
    response = person.client.get(person.decide(person.start(), "deny"))

    assert response["Location"] == "/accounts/3rdparty/login/cancelled/"
    assert not User.objects.exists()


@pytest.mark.parametrize("kind", TOKEN_FAULTS)
def test_failing_exchange_ends_on_the_error_page(person, tiktok, kind):
    tiktok.order_fault(kind)

    assert is_error_page(person.log_in())
    assert not User.objects.exists()


@pytest.mark.parametrize("kind", PROFILE_FAULTS)
def test_failing_user_info_ends_on_the_error_page(person, tiktok, kind):
    tiktok.order_fault(kind, endpoint="user_info")

    assert is_error_page(person.log_in())
    assert not User.objects.exists()


def test_refused_app_is_an_error_for_the_operator(person, tiktok, caplog):
    tiktok.order_fault("invalid_client")

    assert is_error_page(person.log_in())
    assert [r.levelname for r in caplog.records if r.name == "ttminis_auth"] == [
        "ERROR"
    ]


@pytest.mark.parametrize("endpoint", ["token", "user_info"])
def test_nothing_secret_is_logged_or_shown(person, tiktok, caplog, endpoint):
    caplog.set_level(logging.DEBUG, logger="ttminis_auth")
    address = person.decide(person.start())
    tiktok.order_fault("error_in_200", endpoint=endpoint)

    shown = person.client.get(address).content.decode() + caplog.text

    for secret in (asked(address)["code"], "simulated-web-secret", "act.", "rft."):
        assert secret not in shown


def test_later_login_works_after_a_failed_one(person, tiktok):
    tiktok.order_fault("error_in_200", endpoint="user_info")
    person.log_in()

    assert person.log_in().status_code == 302
    assert person.user_pk


def test_replayed_callback_is_refused(person):
    address = person.decide(person.start())
    person.client.get(address)
    person.client.logout()

    assert is_error_page(person.client.get(address))
    assert person.user_pk is None


def test_callback_in_another_browser_is_refused(person):
    address = person.decide(person.start())

    assert is_error_page(Client().get(address))


def test_code_of_another_app_is_refused(person, tiktok):
    tiktok.add_app(OTHER_WEB, "other-secret")
    address = f"http://testserver{CALLBACK}"
    foreign = tiktok.issue_code(OTHER_WEB, scopes=SCOPES, redirect_uri=address)
    state = asked(person.start())["state"]

    response = person.client.get(CALLBACK, {"code": foreign, "state": state})

    assert is_error_page(response)


def test_code_of_a_mini_app_is_refused(person, tiktok):
    code = tiktok.issue_code("mnsimdrama000001")
    state = asked(person.start())["state"]

    response = person.client.get(CALLBACK, {"code": code, "state": state})

    assert is_error_page(response)


def test_code_beyond_all_measure_is_not_sent_to_tiktok(person, tiktok):
    state = asked(person.start())["state"]
    tiktok.clear_requests()

    response = person.client.get(CALLBACK, {"code": "x" * 3000, "state": state})

    assert is_error_page(response)
    assert tiktok.requests == []


def test_rejected_codes_are_limited(person, tiktok, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    for _ in range(2):
        state = asked(person.start())["state"]
        tiktok.clear_requests()
        response = person.client.get(CALLBACK, {"code": "made up", "state": state})

    assert is_error_page(response)
    assert tiktok.requests == []


def test_state_of_an_unknown_app_is_not_found(person):
    query = {"code": "code", "state": "abc.aw-unknown"}

    assert person.client.get(CALLBACK, query).status_code == 404


def test_state_without_an_app_is_refused(person):
    assert is_error_page(person.client.get(CALLBACK, {"code": "x", "state": "abc"}))


def test_login_with_an_unknown_app_is_not_found(person):
    response = person.client.post(f"{LOGIN}?client_key=aw-unknown")

    assert response.status_code == 404


def test_inactive_user_is_not_let_in(person):
    person.log_in()
    person.client.logout()
    User.objects.update(is_active=False)

    response = person.log_in()

    assert response["Location"] == "/accounts/inactive/"
    assert person.user_pk is None


def test_closed_sign_up_makes_no_user(person, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.web.adapters.ClosedAdapter"

    assert person.log_in().status_code == 200
    assert not User.objects.exists()


# What TikTok grants counts, not what was asked for.


def test_only_granted_fields_are_asked_for(person, tiktok):
    person.client.get(person.decide(person.start(), scopes=SCOPES[:1]))

    fields = tiktok.requests[-1].fields["fields"].split(",")
    assert set(fields) == {"open_id", "union_id", "display_name", "avatar_url"}
    assert identity().union_id


def test_narrower_login_forgets_nothing(person):
    person.log_in()
    person.client.logout()
    person.client.get(person.decide(person.start(), scopes=SCOPES[:1]))

    assert account().extra_data["username"] == "mia"
    assert Grant.objects.count() == 2


def test_grant_without_the_basic_scope_asks_for_no_profile(person, tiktok, settings):
    configure(settings, SCOPE=["user.info.profile"])

    person.log_in()

    assert tiktok.requests[-1].endpoint == "token"
    assert (person.user_pk, identity().union_id) == (account().user_id, None)
    assert User.objects.get().username.startswith("user_")


def test_missing_union_id_does_not_stop_a_login(person, tiktok):
    tiktok.order_fault("missing_union_id", endpoint="user_info")

    person.log_in()

    assert person.user_pk
    assert identity().union_id is None
    assert identity().profile_fetched_at


def test_missing_union_id_does_not_erase_a_known_one(person, tiktok):
    person.log_in()
    tiktok.order_fault("missing_union_id", endpoint="user_info")

    person.log_in()

    assert identity().union_id == tiktok.union_id("mia", WEB)


# Sign-ups and connections that allauth holds up, and then restores from the session.


def test_sign_up_by_form_gets_an_identity(person, tiktok, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.web.adapters.AskingAdapter"
    form = person.log_in()["Location"]
    assert not Identity.objects.exists()

    person.client.post(form, {"username": "mia_chose", "email": ""})

    assert User.objects.get().username == "mia_chose"
    assert identity().union_id == tiktok.union_id("mia", WEB)


def test_session_of_a_held_up_sign_up_has_no_token(person, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.web.adapters.AskingAdapter"
    person.log_in()

    kept = str(dict(person.client.session))

    assert "act." not in kept
    assert "rft." not in kept


def test_connection_after_a_password_check_gets_an_identity(person, olga, settings):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    question = person.log_in(process="connect")["Location"]
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

    person.client.post(question, {"password": "a long password"})

    assert SocialAccount.objects.get().user == olga
    assert identity().client_key == WEB
