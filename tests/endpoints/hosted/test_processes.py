"""Each process with a session token: who is logged in, and the answer."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

from tests.endpoints.hosted.hosted_page import JSON, SESSION, HostedPage, origin_of
from tests.fixtures import DRAMA, GAME, error_code
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture
def known_mia(send_code):
    """Mia has been here before, in another page."""
    send_code("mia", by=HostedPage())
    return User.objects.get(socialaccount__isnull=False)


@pytest.fixture
def known_noah(send_code):
    send_code("noah", by=HostedPage())
    return User.objects.latest("pk")


def refusal(response):
    return response.status_code, error_code(response)


# login


def test_a_first_login_makes_a_user_and_gives_a_token(send_code, client):
    answer = send_code("mia").json()

    assert answer["data"]["ttminis"]["created"] is True
    assert answer["meta"]["is_authenticated"] is True
    assert client.me() == answer["data"]["user"]["id"] == User.objects.get().pk


def test_the_answer_has_the_facts_of_the_login_and_its_method(send_code, tiktok):
    data = send_code("mia").json()["data"]

    assert data["ttminis"] == {
        "client_key": DRAMA,
        "open_id": tiktok.open_id("mia", DRAMA),
        "scopes": ["user.info.open_id"],
        "created": True,
        "profile": None,
        "profile_pending": False,
    }
    assert data["methods"][0]["method"] == "socialaccount"


def test_a_returning_visitor_is_the_same_user(send_code, client, known_mia):
    assert send_code("mia").json()["data"]["ttminis"]["created"] is False
    assert client.me() == known_mia.pk


def test_each_page_has_a_session_of_its_own(send_code):
    first, second = HostedPage(), HostedPage()
    send_code("mia", by=first)
    send_code("mia", by=second)

    assert first.token != second.token
    assert first.me() == second.me()


def test_the_same_user_again_keeps_the_session(send_code, client):
    send_code("mia")
    before = client.token

    response = send_code("mia")

    assert response.status_code == 200
    assert "session_token" not in response.json()["meta"]
    assert client.token == before
    assert Session.objects.count() == 1


def test_a_switched_account_replaces_the_session(send_code, client, known_noah):
    send_code("mia")
    old = client.token

    response = send_code("noah")

    assert response.json()["meta"]["session_token"] == client.token != old
    assert client.me() == known_noah.pk
    assert HostedPage(token=old).get(SESSION).status_code == 410


def test_a_session_by_password_is_not_logged_out(send_code, client, olga):
    assert refusal(send_code("mia")) == (409, "account_mismatch")
    assert client.me() == olga.pk


def test_our_other_app_does_not_take_the_session_over(
    client, code_url, send_code, tiktok, two_apps
):
    """Its people's codes prove nothing about who began this session."""
    send_code("mia", client_key=DRAMA)
    mia = client.me()
    client.origin = origin_of(GAME)
    body = {"code": tiktok.issue_code(GAME, "noah"), "client_key": GAME}

    response = client.post(code_url, body, content_type=JSON)

    assert refusal(response) == (409, "account_mismatch")
    assert client.me() == mia


def test_a_code_of_our_other_app_is_rejected(client, code_url, tiktok, two_apps):
    body = {"code": tiktok.issue_code(GAME, "mia"), "client_key": DRAMA}

    response = client.post(code_url, body, content_type=JSON)

    assert refusal(response) == (401, "code_rejected")


def test_each_app_has_its_page(code_url, tiktok, two_apps):
    for key in (DRAMA, GAME):
        body = {"code": tiktok.issue_code(key, "mia"), "client_key": key}
        HostedPage(origin_of(key)).post(code_url, body, content_type=JSON)

    assert set(Identity.objects.values_list("client_key", flat=True)) == {DRAMA, GAME}


# connect


def test_a_connected_account_joins_the_token_s_user(send_code, client, olga):
    response = send_code("mia", process="connect")

    assert response.status_code == 200
    assert Identity.objects.get().account.user == olga
    assert client.me() == olga.pk


def test_connecting_keeps_the_session(send_code, client, olga):
    before = client.token

    send_code("mia", process="connect")

    assert client.token == before


def test_connecting_needs_a_login(send_code, tiktok, db):
    assert refusal(send_code("mia", process="connect")) == (401, "login_required")
    assert tiktok.requests == []


def test_an_account_of_another_user_is_not_connected(
    send_code, client, known_mia, olga
):
    response = send_code("mia", process="connect")

    assert refusal(response) == (409, "connected_other")
    assert Identity.objects.get().account.user == known_mia


# switch


@pytest.mark.parametrize("newcomer", [True, False])
def test_switching_leaves_the_old_session_dead(
    send_code, client, olga, newcomer, request
):
    if not newcomer:
        request.getfixturevalue("known_mia")
    old = client.token

    response = send_code("mia", process="switch")

    assert response.status_code == 200
    assert client.token != old
    assert client.me() == SocialAccount.objects.get().user_id
    assert HostedPage(token=old).get(SESSION).status_code == 410


def test_switching_to_oneself_keeps_the_session(send_code, client):
    send_code("mia")
    before = client.token

    assert send_code("mia", process="switch").status_code == 200
    assert client.token == before


def test_switching_leaves_what_the_session_held(send_code, client):
    """A basket is the person's who filled it."""
    send_code("mia")
    session = client.session_of_token()
    session["basket"] = ["a book"]
    session.save()

    send_code("noah", process="switch")

    assert "basket" not in client.session_of_token()


# authorize


def test_a_consent_brings_the_profile_and_keeps_the_session(
    send_code, authorize, client
):
    send_code("mia")
    before = client.token

    response = authorize("mia")

    profile = response.json()["data"]["ttminis"]["profile"]
    assert profile["display_name"] == "Mia"
    assert client.token == before


def test_a_newcomer_s_consent_logs_in(authorize, client, db):
    assert authorize("mia").json()["data"]["ttminis"]["profile"] is not None
    assert client.me() == User.objects.get().pk


def test_a_consent_of_another_user_changes_nothing(send_code, authorize, client):
    send_code("mia")
    mia = client.me()

    assert refusal(authorize("noah")) == (409, "account_mismatch")
    assert client.me() == mia


def test_a_profile_that_tiktok_keeps_back_is_pending(known_mia, authorize, tiktok):
    tiktok.order_fault("html_502", endpoint="user_info")

    response = authorize("mia")

    assert response.status_code == 200
    assert response.json()["data"]["ttminis"]["profile_pending"] is True


# What stops any of them.


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
@pytest.mark.parametrize(
    ("adapter", "code"),
    [
        ("tests.adapters.ClosedAccountAdapter", "signup_closed"),
        ("tests.adapters.VetoingAccountAdapter", "login_vetoed"),
    ],
)
def test_an_adapter_s_no_is_a_403(send_code, settings, process, adapter, code, db):
    settings.ACCOUNT_ADAPTER = adapter

    assert refusal(send_code("mia", process=process)) == (403, code)


def test_a_closed_sign_up_leaves_the_token_to_its_user(send_code, client, settings):
    send_code("mia")
    mia = client.me()
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosedAccountAdapter"

    assert refusal(send_code("noah")) == (403, "signup_closed")
    assert client.me() == mia


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
def test_a_deactivated_user_is_refused(send_code, client, known_mia, process):
    User.objects.update(is_active=False)

    assert refusal(send_code("mia", process=process)) == (403, "user_inactive")
    assert client.me() is None


def test_an_interruption_of_the_adapter_s_is_a_403(send_code, settings, db):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.InterruptingAdapter"

    assert refusal(send_code("mia")) == (403, "login_vetoed")


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("html_502", (503, "tiktok_unavailable")),
        ("rate_limited", (503, "tiktok_unavailable")),
        ("invalid_client", (503, "misconfigured")),
        ("error_in_200", (401, "code_rejected")),
    ],
)
def test_failures_of_tiktok_are_answered_by_their_code(
    send_code, tiktok, process, fault, answer, db
):
    tiktok.order_fault(fault)

    assert refusal(send_code("mia", process=process)) == answer
    assert not User.objects.exists()
    assert not Session.objects.exists()


def test_a_refusal_leaves_the_token_as_it_was(send_code, client, tiktok):
    send_code("mia")
    mia = client.me()
    tiktok.order_fault("html_502")

    send_code("noah")

    assert client.me() == mia
