"""Consent: the same user, now with a name, a picture and a union_id."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY, get_user_model
from django.core.exceptions import ValidationError
from django.db.models.signals import pre_save
from django.test import Client

from tests.fixtures import DRAMA, error_code
from ttminis_auth.models import Identity
from ttminis_auth.signals import profile_fetched

pytestmark = pytest.mark.django_db

User = get_user_model()


def profile(response):
    return response.json()["data"]["ttminis"]["profile"]


def upstream_requests(tiktok):
    return [request.endpoint for request in tiktok.requests]


# Who is upgraded.


def test_a_silent_user_is_upgraded_and_stays_the_same(send_code, authorize):
    silent = send_code("mia").json()["data"]["user"]["id"]

    response = authorize("mia")

    assert response.status_code == 200
    assert response.json()["data"]["user"]["id"] == silent
    assert profile(response)["display_name"] == "Mia"


def test_the_session_is_left_alone(send_code, authorize, client):
    send_code("mia")
    before = client.session.session_key

    authorize("mia")

    assert client.session.session_key == before


def test_the_identity_learns_union_id_and_when(send_code, authorize, tiktok):
    send_code("mia")

    authorize("mia")

    identity = Identity.objects.get()
    assert identity.union_id == tiktok.union_id("mia", DRAMA)
    assert identity.profile_fetched_at is not None


def test_an_anonymous_newcomer_is_made_with_a_profile(authorize, client):
    response = authorize("noah")

    user = User.objects.get(pk=client.session[SESSION_KEY])
    assert response.json()["data"]["ttminis"]["created"] is True
    assert (user.first_name, user.last_name) == ("Noah", "Ünal")


def test_an_anonymous_returning_person_is_logged_in_and_upgraded(send_code, authorize):
    first = send_code("mia", by=Client()).json()["data"]["user"]["id"]

    response = authorize("mia")

    assert response.json()["data"]["user"]["id"] == first
    assert profile(response)["display_name"] == "Mia"


def test_a_newcomer_s_consent_waits_for_the_form_of_the_sign_up(authorize, settings):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False

    response = authorize("noah")

    assert response.status_code == 401
    assert response.json()["data"]["flows"][0]["id"] == "provider_signup"
    assert not User.objects.exists()


def test_a_consent_of_another_user_is_refused(send_code, authorize):
    send_code("mia")

    response = authorize("noah")

    assert (response.status_code, error_code(response)) == (409, "account_mismatch")


def test_a_stranger_s_profile_is_not_even_asked_for(send_code, authorize, tiktok):
    send_code("mia")
    tiktok.clear_requests()

    authorize("noah")

    assert upstream_requests(tiktok) == ["token"]


def test_a_password_user_without_tiktok_is_not_upgraded(authorize, olga):
    response = authorize("mia")

    assert error_code(response) == "account_mismatch"
    assert not Identity.objects.exists()


def test_a_connected_user_is_upgraded(send_code, authorize, olga):
    send_code("mia", process="connect")

    assert authorize("mia").json()["data"]["user"]["id"] == olga.pk


# What it costs and keeps.


def test_consent_costs_two_requests_on_one_connection(
    send_code, authorize, tiktok, tiktok_server
):
    send_code("mia")
    tiktok.clear_requests()
    before = tiktok_server.connections

    authorize("mia")

    assert upstream_requests(tiktok) == ["token", "user_info"]
    assert tiktok_server.connections == before


def test_only_granted_fields_are_asked_for(authorize, tiktok):
    authorize("mia")

    assert set(tiktok.requests[-1].fields["fields"].split(",")) == {
        "open_id",
        "union_id",
        "avatar_url",
        "display_name",
    }


def test_a_narrower_consent_logs_in_without_a_profile(authorize, tiktok):
    response = authorize("mia", scopes=("user.info.open_id",))

    assert profile(response) is None
    assert response.json()["data"]["ttminis"]["profile_pending"] is False
    assert upstream_requests(tiktok) == ["token"]


def test_the_scopes_are_tiktok_s_and_not_the_page_s(authorize):
    response = authorize("mia", scopes=("user.info.open_id",), scope="user.info.basic")

    assert response.json()["data"]["ttminis"]["scopes"] == ["user.info.open_id"]


def test_a_silent_login_afterwards_keeps_profile_and_grant(send_code, authorize):
    authorize("mia")

    response = send_code("mia")

    identity = Identity.objects.get()
    assert profile(response)["display_name"] == "Mia"
    assert identity.union_id
    assert "user.info.basic" in str(identity.grants.values_list("scopes"))


def test_a_plain_login_never_asks_for_a_profile(client, code_url, tiktok):
    scopes = ("user.info.basic", "user.info.open_id")
    body = {"code": tiktok.issue_code(DRAMA, "mia", scopes=scopes)}

    client.post(code_url, body, content_type="application/json")

    assert upstream_requests(tiktok) == ["token"]


# Names.


def test_an_upgrade_fills_names_that_are_blank(send_code, authorize):
    send_code("noah")

    authorize("noah")

    user = User.objects.get()
    assert (user.first_name, user.last_name) == ("Noah", "Ünal")


def test_an_upgrade_overwrites_no_name(send_code, authorize):
    send_code("noah")
    User.objects.update(first_name="N.")

    authorize("noah")

    assert User.objects.get().first_name == "N."


def test_name_that_the_project_refuses_is_left_out(send_code, authorize, caplog):
    send_code("noah")

    def refuse(instance, **kwargs):
        raise ValidationError("no such names here")

    pre_save.connect(refuse, sender=User)
    try:
        response = authorize("noah")
    finally:
        pre_save.disconnect(refuse, sender=User)

    assert response.status_code == 200
    assert User.objects.get().first_name == ""
    assert "The project refused a user's name" in caplog.text


def test_the_username_never_changes(send_code, authorize):
    send_code("mia")
    before = User.objects.get().username

    authorize("mia")

    assert User.objects.get().username == before


def test_a_project_hears_of_the_profile(send_code, authorize):
    heard = []

    def note(identity, user_info, **kwargs):
        heard.append((identity.open_id == user_info.open_id, user_info.display_name))

    profile_fetched.connect(note, sender=Identity)
    try:
        send_code("mia")
        authorize("mia")
    finally:
        profile_fetched.disconnect(note, sender=Identity)

    assert heard == [(True, "Mia")]


# What goes wrong after the exchange.


@pytest.mark.parametrize(
    "kind",
    ["html_502", "error_in_200", "rate_limited", "truncated_json", "server_error"],
)
def test_a_profile_that_does_not_come_is_pending(kind, send_code, authorize, tiktok):
    send_code("mia")
    tiktok.order_fault(kind, endpoint="user_info")

    response = authorize("mia")

    assert response.status_code == 200
    assert response.json()["data"]["ttminis"]["profile_pending"] is True


def test_the_grant_of_a_pending_profile_is_kept(authorize, tiktok, settings):
    # Long enough for the exchange, which has to succeed.
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 2
    tiktok.order_fault("timeout", endpoint="user_info")

    authorize("mia")

    assert "user.info.basic" in Identity.objects.get().grants.get().scopes


def test_an_earlier_profile_survives_a_pending_one(authorize, tiktok):
    authorize("mia")
    tiktok.order_fault("html_502", endpoint="user_info")

    assert profile(authorize("mia"))["display_name"] == "Mia"


def test_another_person_s_profile_is_refused(authorize, tiktok):
    tiktok.order_fault("other_open_id", endpoint="user_info")

    response = authorize("mia")

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert not User.objects.exists()


def test_a_profile_without_union_id_keeps_the_known_one(authorize, tiktok):
    authorize("mia")
    known = Identity.objects.get().union_id
    tiktok.order_fault("missing_union_id", endpoint="user_info")

    authorize("mia")

    assert Identity.objects.get().union_id == known


def test_the_account_shows_the_profile(authorize):
    authorize("mia")

    account = SocialAccount.objects.get()
    assert account.get_provider_account().to_str() == "Mia"
    assert account.get_avatar_url().startswith("http")
