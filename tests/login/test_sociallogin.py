"""Corners of a login that need an accident, arranged here without threads."""

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.db.models import CharField
from django.db.models.lookups import IExact
from django.test import Client
from django.test.utils import register_lookup

from tests.fixtures import DRAMA, GAME, error_code
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.errors import Overtaken
from ttminis_auth.login.enter import verify
from ttminis_auth.login.policy import Step
from ttminis_auth.models import Identity
from ttminis_auth.tiktok.secret import Secret

pytestmark = pytest.mark.django_db

User = get_user_model()


class OvertakenAdapter(DefaultSocialAccountAdapter):
    """Has another first login happen between the look and the save."""

    def save_user(self, request, sociallogin, form=None):
        account = sociallogin.account
        if not SocialAccount.objects.exists():
            winner = User.objects.create_user("winner")
            SocialAccount.objects.create(
                user=winner, provider=account.provider, uid=account.uid
            )
        return super().save_user(request, sociallogin, form)


@pytest.fixture
def overtaken(settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.login.test_sociallogin.OvertakenAdapter"


@pytest.fixture
def web_request(rf, client):
    request = rf.post("/")
    request.session = client.session
    request.user = User()
    return request


def test_overtaken_first_login_enters_as_the_winner_s_user(send_code, overtaken):
    response = send_code("mia")

    assert response.json()["data"]["user"]["display"] == "winner"
    assert response.json()["data"]["ttminis"]["created"] is False


def test_overtaken_first_login_leaves_no_user_behind(send_code, overtaken):
    send_code("mia")

    assert User.objects.count() == Identity.objects.count() == 1


def test_a_headless_client_that_is_overtaken_logs_in_again(client, tiktok, overtaken):
    def post():
        token = {"client_id": DRAMA, "access_token": tiktok.issue_code(DRAMA, "mia")}
        body = {"provider": "ttminis", "process": "login", "token": token}
        url = "/_allauth/app/v1/auth/provider/token"
        return client.post(url, body, content_type="application/json")

    first = post()

    assert (first.status_code, error_code(first)) == (400, "login_again")
    assert post().status_code == 200


@pytest.fixture
def code(tiktok):
    return Secret(tiktok.issue_code(DRAMA, "mia"))


def test_an_accident_that_is_no_race_is_not_taken_for_one(
    web_request, code, local_user
):
    with request_context(web_request):
        provider = get_provider(web_request, DRAMA)
        login = verify(web_request, provider, code)
        login.user.username = local_user.username

        with pytest.raises(IntegrityError) as caught:
            login.save(web_request)

    assert not isinstance(caught.value, Overtaken)
    assert User.objects.count() == 1


def test_a_login_that_names_no_process_is_a_login(
    web_request, send_code, client, tiktok
):
    """As a view of the project's makes it with allauth's ``verify_token``."""
    send_code("mia")
    web_request.session, web_request.user = client.session, User.objects.get()
    token = {"access_token": tiktok.issue_code(DRAMA, "noah")}

    login = get_provider(web_request, DRAMA).verify_token(web_request, token)

    assert login.step(web_request) is Step.ENTER


def test_a_login_that_waits_keeps_its_token_in_memory_alone(web_request, code):
    login = verify(web_request, get_provider(web_request, DRAMA), code)

    assert login.token.token not in str(login.serialize())
    assert login.token.token.startswith("act.")


def test_an_account_of_another_provider_is_not_found(send_code, local_user, tiktok):
    uid = tiktok.open_id("mia", DRAMA)
    SocialAccount.objects.create(user=local_user, provider="other", uid=uid)

    assert send_code("mia").json()["data"]["ttminis"]["created"]


def test_a_pre_made_account_is_found_beside_another_one(send_code, local_user, tiktok):
    noah, mia = User.objects.create_user("noah"), local_user
    for user, handle in ((noah, "noah"), (mia, "mia")):
        uid = tiktok.open_id(handle, DRAMA)
        SocialAccount.objects.create(user=user, provider="ttminis", uid=uid)

    response = send_code("mia")

    assert response.json()["data"]["user"]["id"] == mia.pk


def test_an_account_that_was_handed_over_meanwhile_is_not_entered(
    web_request, send_code, code, local_user
):
    send_code("mia")
    web_request.user = AnonymousUser()
    with request_context(web_request):
        provider = get_provider(web_request, DRAMA)
        login = verify(web_request, provider, code)
        assert login.found_account.user != local_user
        SocialAccount.objects.update(user=local_user)

        with pytest.raises(Overtaken):
            login.lookup()


def test_an_app_that_shares_its_people_s_namespace_is_refused(
    send_code, client, code_url, tiktok, settings, caplog
):
    """Both apps lack a provider_id, so allauth cannot tell their people apart."""
    send_code("mia", by=Client())
    uid = tiktok.open_id("mia", GAME)
    SocialAccount.objects.update(uid=uid)
    settings.SOCIALACCOUNT_PROVIDERS = {
        "ttminis": {"APP": {"client_id": GAME, "secret": "simulated-game-secret"}}
    }

    body = {"code": tiktok.issue_code(GAME, "mia")}
    response = client.post(code_url, body, content_type="application/json")

    assert (response.status_code, error_code(response)) == (503, "misconfigured")
    assert "give each its own" in caplog.text


def test_an_identity_that_was_removed_comes_back_with_a_login(send_code):
    send_code("mia")
    Identity.objects.update(state=Identity.State.REMOVED, removed_reason=1)

    send_code("mia")

    assert Identity.objects.get().state == Identity.State.ACTIVE


def test_a_silent_login_keeps_the_profile_of_a_consent(send_code):
    send_code("mia")
    known = {"display_name": "Mia", "avatar_url": "https://p16.example/m.jpg"}
    SocialAccount.objects.update(extra_data=known)

    response = send_code("mia", by=Client())

    assert response.json()["data"]["ttminis"]["profile"] == known
    assert SocialAccount.objects.get().extra_data.items() >= known.items()


def test_a_silent_login_keeps_the_broader_grant(send_code, client, code_url, tiktok):
    broad = ("user.info.basic", "user.info.open_id")
    body = {"code": tiktok.issue_code(DRAMA, "mia", scopes=broad)}
    client.post(code_url, body, content_type="application/json")

    send_code("mia")

    scopes = Identity.objects.get().grants.values_list("scopes", flat=True)
    assert set(scopes) == {",".join(broad), "user.info.open_id"}


def test_a_pending_step_without_a_page_names_none(send_code, settings):
    send_code("mia", by=Client())
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    settings.HEADLESS_ONLY = True
    settings.ROOT_URLCONF = "tests.login.urls_without_pages"

    response = send_code("noah")

    assert response.json()["data"]["flows"] == [
        {"id": "provider_signup", "is_pending": True}
    ]


def test_people_follow_an_app_that_gets_a_provider_id(send_code, client, settings):
    send_code("mia", by=Client())
    drama = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0]
    game = {"client_id": GAME, "secret": "s", "provider_id": "game"}
    apps = [{**drama, "provider_id": "drama"}, game]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}

    send_code("mia", client_key=DRAMA)

    assert SocialAccount.objects.get().provider == "drama"
    assert client.get("/accounts/3rdparty/").status_code == 200


def test_open_id_in_another_case_is_another_person(send_code):
    """Where the database compares as some collations of MariaDB do."""
    stored = send_code("mia").json()["data"]["ttminis"]["open_id"]
    Identity.objects.update(open_id=stored.swapcase())
    SocialAccount.objects.update(uid=stored.swapcase())

    with register_lookup(CharField, IExact, lookup_name="exact"):
        found = send_code("mia", by=Client())

    assert found.json()["data"]["ttminis"]["created"]
