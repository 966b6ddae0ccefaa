"""Every process and its answers, with a session token instead of a cookie."""

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
    """Mia's user, who logged in before in another page."""
    send_code("mia", by=HostedPage())
    return User.objects.get(socialaccount__isnull=False)


@pytest.fixture
def known_noah(send_code):
    send_code("noah", by=HostedPage())
    return User.objects.latest("pk")


def refusal(response):
    return response.status_code, error_code(response)


# login


def test_a_first_login_creates_a_user_and_gives_a_session_token(send_code, client):
    answer = send_code("mia").json()

    assert answer["data"]["ttminis"]["created"] is True
    assert answer["meta"]["is_authenticated"] is True
    assert client.me() == answer["data"]["user"]["id"] == User.objects.get().pk


def test_the_answer_has_the_same_data_and_the_login_method(send_code, tiktok):
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


def test_a_later_login_is_of_the_same_user(send_code, client, known_mia):
    assert send_code("mia").json()["data"]["ttminis"]["created"] is False
    assert client.me() == known_mia.pk


def test_each_page_has_its_own_session(send_code):
    first, second = HostedPage(), HostedPage()
    send_code("mia", by=first)
    send_code("mia", by=second)

    assert first.token != second.token
    assert first.me() == second.me()


def test_a_later_login_in_a_page_keeps_the_session(send_code, client):
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


def test_a_login_does_not_end_a_session_by_password(send_code, client, olga):
    assert refusal(send_code("mia")) == (409, "account_mismatch")
    assert client.me() == olga.pk


def test_another_of_our_apps_does_not_take_over_the_session(
    client, code_url, send_code, tiktok, two_apps
):
    """A code of the other app does not prove who began this session."""
    send_code("mia", client_key=DRAMA)
    mia = client.me()
    client.origin = origin_of(GAME)
    body = {"code": tiktok.issue_code(GAME, "noah"), "client_key": GAME}

    response = client.post(code_url, body, content_type=JSON)

    assert refusal(response) == (409, "account_mismatch")
    assert client.me() == mia


def test_a_code_of_another_of_our_apps_is_rejected(client, code_url, tiktok, two_apps):
    body = {"code": tiktok.issue_code(GAME, "mia"), "client_key": DRAMA}

    response = client.post(code_url, body, content_type=JSON)

    assert refusal(response) == (401, "code_rejected")


def test_each_app_can_log_in_from_its_page(code_url, tiktok, two_apps):
    for key in (DRAMA, GAME):
        body = {"code": tiktok.issue_code(key, "mia"), "client_key": key}
        HostedPage(origin_of(key)).post(code_url, body, content_type=JSON)

    assert set(Identity.objects.values_list("client_key", flat=True)) == {DRAMA, GAME}


# connect


def test_connect_adds_the_account_to_the_token_s_user(send_code, client, olga):
    response = send_code("mia", process="connect")

    assert response.status_code == 200
    assert Identity.objects.get().account.user == olga
    assert client.me() == olga.pk


def test_connect_keeps_the_session(send_code, client, olga):
    before = client.token

    send_code("mia", process="connect")

    assert client.token == before


def test_connect_without_a_token_is_refused(send_code, tiktok, db):
    assert refusal(send_code("mia", process="connect")) == (401, "login_required")
    assert tiktok.requests == []


def test_connect_of_another_user_s_account_is_refused(
    send_code, client, known_mia, olga
):
    response = send_code("mia", process="connect")

    assert refusal(response) == (409, "connected_other")
    assert Identity.objects.get().account.user == known_mia


# switch


@pytest.mark.parametrize("is_new", [True, False])
def test_switch_ends_the_old_session(send_code, client, olga, is_new, request):
    if not is_new:
        request.getfixturevalue("known_mia")
    old = client.token

    response = send_code("mia", process="switch")

    assert response.status_code == 200
    assert client.token != old
    assert client.me() == SocialAccount.objects.get().user_id
    assert HostedPage(token=old).get(SESSION).status_code == 410


def test_switch_to_the_same_account_keeps_the_session(send_code, client):
    send_code("mia")
    before = client.token

    assert send_code("mia", process="switch").status_code == 200
    assert client.token == before


def test_switch_drops_the_session_data(send_code, client):
    """A basket belongs to the user who filled it."""
    send_code("mia")
    session = client.session_of_token()
    session["basket"] = ["a book"]
    session.save()

    send_code("noah", process="switch")

    assert "basket" not in client.session_of_token()


# authorize


def test_authorize_stores_the_profile_and_keeps_the_session(
    send_code, authorize, client
):
    send_code("mia")
    before = client.token

    response = authorize("mia")

    profile = response.json()["data"]["ttminis"]["profile"]
    assert profile["display_name"] == "Mia"
    assert client.token == before


def test_authorize_logs_a_new_user_in(authorize, client, db):
    assert authorize("mia").json()["data"]["ttminis"]["profile"] is not None
    assert client.me() == User.objects.get().pk


def test_authorize_with_another_account_is_refused(send_code, authorize, client):
    send_code("mia")
    mia = client.me()

    assert refusal(authorize("noah")) == (409, "account_mismatch")
    assert client.me() == mia


def test_a_profile_that_cannot_be_fetched_is_pending(known_mia, authorize, tiktok):
    tiktok.order_fault("html_502", endpoint="user_info")

    response = authorize("mia")

    assert response.status_code == 200
    assert response.json()["data"]["ttminis"]["profile_pending"] is True


# Refusals of any process.


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
@pytest.mark.parametrize(
    ("adapter", "code"),
    [
        ("tests.adapters.ClosedAccountAdapter", "signup_closed"),
        ("tests.adapters.VetoingAccountAdapter", "login_vetoed"),
    ],
)
def test_a_refusal_by_an_adapter_is_a_403(
    send_code, settings, process, adapter, code, db
):
    settings.ACCOUNT_ADAPTER = adapter

    assert refusal(send_code("mia", process=process)) == (403, code)


def test_a_closed_sign_up_keeps_the_session(send_code, client, settings):
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


def test_an_immediatehttpresponse_of_an_adapter_is_a_403(send_code, settings, db):
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
def test_each_fault_of_tiktok_has_its_error_code(
    send_code, tiktok, process, fault, answer, db
):
    tiktok.order_fault(fault)

    assert refusal(send_code("mia", process=process)) == answer
    assert not User.objects.exists()
    assert not Session.objects.exists()


def test_a_fault_of_tiktok_keeps_the_session(send_code, client, tiktok):
    send_code("mia")
    mia = client.me()
    tiktok.order_fault("html_502")

    send_code("noah")

    assert client.me() == mia
