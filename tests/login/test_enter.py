"""Each row of the login table, through the JSON face, with what is stored after."""

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY, get_user_model
from django.test import Client

from tests.fixtures import DRAMA, error_code, open_id
from tests.grants import access
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

User = get_user_model()


class PageAdapter(DefaultSocialAccountAdapter):
    """Names newcomers after the page that they came to first."""

    def populate_user(self, request, sociallogin, data):
        user = super().populate_user(request, sociallogin, data)
        user.first_name = request.path
        return user


def logged_in_user(client: Client):
    return User.objects.filter(pk=client.session.get(SESSION_KEY)).first()


# Anonymous, process login.


def test_a_first_login_creates_user_account_identity_and_grant(
    send_code, client, tiktok
):
    response = send_code("mia")

    identity = Identity.objects.get()
    assert response.status_code == 200
    assert (identity.client_key, identity.open_id) == (
        DRAMA,
        tiktok.open_id("mia", DRAMA),
    )
    assert identity.account.user == logged_in_user(client)
    assert identity.grants.get().scopes == "user.info.open_id"


def test_a_first_login_says_that_it_created_the_user(send_code):
    assert send_code("mia").json()["data"]["ttminis"]["created"] is True


def test_a_returning_person_is_the_same_user(send_code):
    first = send_code("mia").json()["data"]["user"]["id"]
    again = send_code("mia", by=Client()).json()["data"]

    assert again["user"]["id"] == first
    assert again["ttminis"]["created"] is False


def test_two_people_are_two_users(send_code):
    mia, noah = send_code("mia", by=Client()), send_code("noah", by=Client())

    assert open_id(mia) != open_id(noah)
    assert User.objects.count() == 2


def test_a_new_user_has_no_password_no_e_mail_and_a_neutral_name(send_code, tiktok):
    send_code("mia")

    user = User.objects.get()
    assert not user.has_usable_password()
    assert user.email == ""
    assert user.username.startswith("user_")


@pytest.mark.parametrize("way", ["send_code", "authorize"])
def test_a_project_may_name_a_newcomer_by_the_request(way, request, settings, code_url):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.PageAdapter"

    request.getfixturevalue(way)("noah")

    assert User.objects.get().first_name == code_url


def test_anonymous_session_data_survives_the_first_login(send_code, client):
    session = client.session
    session["cart"] = [1, 2]
    session.save()

    send_code("mia")

    assert client.session["cart"] == [1, 2]


def test_the_session_key_is_renewed_at_a_login(send_code, client):
    session = client.session
    session["cart"] = []
    session.save()

    send_code("mia")

    assert client.session.session_key != session.session_key


# Logged in already.


def test_logging_in_again_leaves_the_session_alone(send_code, client):
    send_code("mia")
    session = client.session
    session["cart"] = [3]
    session.save()

    send_code("mia")

    assert client.session.session_key == session.session_key
    assert client.session["cart"] == [3]


def test_logging_in_again_stores_the_newest_grant(send_code):
    send_code("mia")
    before = access(Identity.objects.get().grants.get())

    send_code("mia")

    assert access(Identity.objects.get().grants.get()) != before


def test_an_account_switch_inside_tiktok_switches_the_session(send_code, client):
    send_code("mia")
    session = client.session
    session["cart"] = [4]
    session.save()

    response = send_code("noah")

    assert response.status_code == 200
    assert open_id(response) == logged_in_user(client).socialaccount_set.get().uid
    assert "cart" not in client.session


def test_a_password_session_is_not_taken_over_by_a_known_person(
    send_code, client, local_user
):
    send_code("mia", by=Client())
    client.force_login(local_user)

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (409, "account_mismatch")
    assert logged_in_user(client) == local_user


def test_a_password_session_is_not_taken_over_by_a_newcomer(send_code, client, olga):
    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (409, "account_mismatch")
    assert logged_in_user(client) == olga
    assert not Identity.objects.exists()


def test_a_mismatch_stores_no_grant(send_code, client, local_user):
    send_code("mia", by=Client())
    before = access(Identity.objects.get().grants.get())
    client.force_login(local_user)

    send_code("mia")

    assert access(Identity.objects.get().grants.get()) == before


def test_a_password_login_over_a_minis_session_protects_it(send_code, client):
    send_code("mia")
    user = logged_in_user(client)
    client.force_login(user)

    assert error_code(send_code("noah")) == "account_mismatch"


# Process connect.


def test_connecting_adds_a_new_identity_to_the_user(send_code, client, olga):
    response = send_code("mia", process="connect")

    assert response.status_code == 200
    assert Identity.objects.get().account.user == olga
    assert User.objects.count() == 1


def test_a_connected_person_logs_in_as_that_user(send_code, olga):
    send_code("mia", process="connect")

    response = send_code("mia", by=Client())

    assert response.json()["data"]["user"]["id"] == olga.pk


def test_connecting_keeps_the_session(send_code, client, olga):
    before = client.session.session_key

    send_code("mia", process="connect")

    assert client.session.session_key == before


def test_connecting_an_identity_of_another_user_is_refused(send_code, client, olga):
    send_code("mia", by=Client())

    response = send_code("mia", process="connect")

    assert (response.status_code, error_code(response)) == (409, "connected_other")
    assert SocialAccount.objects.exclude(user=olga).count() == 1


def test_connecting_one_s_own_identity_again_is_no_error(send_code, olga):
    send_code("mia", process="connect")

    assert send_code("mia", process="connect").status_code == 200
    assert Identity.objects.count() == 1


def test_an_anonymous_visitor_cannot_connect(send_code, tiktok):
    response = send_code("mia", process="connect")

    assert (response.status_code, error_code(response)) == (401, "login_required")
    assert tiktok.requests == []


# Process switch.


def test_an_asked_for_switch_leaves_a_password_session(send_code, client, olga):
    response = send_code("mia", process="switch")

    assert response.status_code == 200
    assert logged_in_user(client) != olga


def test_switching_flushes_the_session(send_code, client, olga):
    session = client.session
    session["cart"] = [5]
    session.save()

    send_code("mia", process="switch")

    assert "cart" not in client.session


def test_an_anonymous_switch_is_a_login(send_code, client):
    assert send_code("mia", process="switch").status_code == 200
    assert logged_in_user(client) is not None


# Inactive and foreign.


def test_an_inactive_user_is_refused(send_code, client):
    send_code("mia", by=Client())
    User.objects.update(is_active=False)

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (403, "user_inactive")
    assert SESSION_KEY not in client.session


def test_a_refused_inactive_user_gets_no_new_grant(send_code):
    send_code("mia", by=Client())
    before = access(Identity.objects.get().grants.get())
    User.objects.update(is_active=False)

    send_code("mia")

    assert access(Identity.objects.get().grants.get()) == before


def test_a_login_costs_one_upstream_request(send_code, tiktok):
    send_code("mia")

    assert [request.endpoint for request in tiktok.requests] == ["token"]


def test_a_spent_code_is_rejected(client, tiktok, code_url):
    code = tiktok.issue_code(DRAMA, "mia")
    client.post(code_url, {"code": code}, content_type="application/json")

    again = Client().post(code_url, {"code": code}, content_type="application/json")

    assert (again.status_code, error_code(again)) == (401, "code_rejected")


def test_tokens_are_not_kept_when_the_setting_says_so(send_code, settings):
    settings.TTMINIS_STORE_TOKENS = False

    send_code("mia")

    assert not Identity.objects.get().grants.exists()


def test_a_person_with_a_pre_made_account_gets_an_identity(
    send_code, local_user, tiktok
):
    uid = tiktok.open_id("mia", DRAMA)
    SocialAccount.objects.create(user=local_user, provider="ttminis", uid=uid)

    response = send_code("mia")

    assert response.json()["data"]["user"]["id"] == local_user.pk
    assert Identity.objects.get().open_id == uid
