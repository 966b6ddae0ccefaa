"""What was read before TikTok answered is never written back.

An adapter's ``populate_user`` runs right after each answer of TikTok's. There these
tests do what an operator, or the visitor in another tab, did while TikTok was asked.
"""

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import AnonymousUser

from tests.fixtures import BASIC, DRAMA, error_code
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.identity import Person
from ttminis_auth.models import Identity
from ttminis_auth.tiktok.types import UserInfo

pytestmark = pytest.mark.django_db

User = get_user_model()
MIA = "Mia"


class BusyAdapter(DefaultSocialAccountAdapter):
    """Does the next of ``todo`` at each answer of TikTok's."""

    todo: list = []
    user = None

    def populate_user(self, request, sociallogin, data):
        if self.todo:
            self.todo.pop(0)()
        return super().populate_user(request, sociallogin, data)


class HookedAdapter(BusyAdapter):
    """Connects a newcomer to a user that it read earlier."""

    def pre_social_login(self, request, sociallogin):
        sociallogin.connect(request, self.user)


class NamingAdapter(BusyAdapter):
    """Takes a newcomer for a user that it read earlier."""

    def pre_social_login(self, request, sociallogin):
        sociallogin.user = self.user


@pytest.fixture
def meanwhile(settings):
    """Have these done one by one, each at an answer of TikTok's."""

    def arrange(*todo, adapter="BusyAdapter"):
        settings.SOCIALACCOUNT_ADAPTER = f"tests.login.test_old_rows.{adapter}"
        BusyAdapter.todo[:] = todo

    yield arrange
    BusyAdapter.todo.clear()


def nothing():
    """What mostly happens while TikTok is asked."""


def ban():
    User.objects.update(is_active=False)


def demote():
    User.objects.update(is_staff=False, first_name="Now")


def erase():
    User.objects.all().delete()


def profile(open_id, display_name=None):
    return UserInfo(
        open_id=open_id, union_id=None, display_name=display_name, avatar_url=None
    )


@pytest.fixture
def headless_connect(client, tiktok):
    def post():
        code = tiktok.issue_code(DRAMA, "mia")
        token = {"client_id": DRAMA, "access_token": code}
        body = {"provider": "ttminis", "process": "connect", "token": token}
        url = "/_allauth/browser/v1/auth/provider/token"
        return client.post(url, body, content_type="application/json")

    return post


# Connecting.


def test_connecting_undoes_no_ban(send_code, olga, meanwhile):
    meanwhile(ban)

    response = send_code("mia", process="connect")

    assert (response.status_code, error_code(response)) == (403, "user_inactive")
    assert not User.objects.get().is_active
    assert not SocialAccount.objects.exists()


def test_connecting_brings_no_erased_user_back(send_code, olga, meanwhile):
    meanwhile(erase)

    response = send_code("mia", process="connect")

    assert (response.status_code, error_code(response)) == (403, "user_inactive")
    assert not User.objects.exists()


def test_connecting_restores_no_right_that_was_taken_away(send_code, olga, meanwhile):
    User.objects.update(is_staff=True)
    meanwhile(demote)

    response = send_code("mia", process="connect")

    now = User.objects.get()
    assert response.status_code == 200
    assert (now.is_staff, now.first_name) == (False, "Now")


def test_the_answer_to_connecting_has_the_user_as_they_are_now(
    send_code, olga, meanwhile
):
    meanwhile(lambda: User.objects.update(username="renamed"))

    response = send_code("mia", process="connect")

    assert response.json()["data"]["user"]["username"] == "renamed"


@pytest.mark.parametrize("meantime", [ban, erase])
def test_a_headless_client_undoes_nothing_either(
    headless_connect, olga, meanwhile, meantime
):
    meanwhile(meantime)

    response = headless_connect()

    # Depends on whether the user was read before TikTok was asked.
    assert error_code(response) in ("login_required", "user_inactive")
    assert response.status_code == 400
    assert not User.objects.filter(is_active=True).exists()


@pytest.mark.parametrize("meantime", [ban, erase])
def test_a_hook_that_connects_undoes_nothing_either(
    send_code, local_user, meanwhile, meantime, monkeypatch
):
    meanwhile(meantime, adapter="HookedAdapter")
    monkeypatch.setattr(BusyAdapter, "user", local_user)

    response = send_code("mia")

    assert error_code(response) == "user_inactive"
    assert not User.objects.filter(is_active=True).exists()


def test_a_hook_that_names_an_erased_user_does_not_bring_them_back(
    send_code, local_user, client, meanwhile, monkeypatch
):
    meanwhile(erase, adapter="NamingAdapter")
    monkeypatch.setattr(BusyAdapter, "user", local_user)

    response = send_code("mia")

    assert error_code(response) == "user_inactive"
    assert not User.objects.exists()
    assert SESSION_KEY not in client.session


# Consenting, for which TikTok is asked twice.


def test_user_who_is_banned_during_a_consent_is_not_logged_in(
    send_code, authorize, client, meanwhile
):
    send_code("mia")
    client.logout()
    meanwhile(nothing, ban)

    response = authorize("mia")

    assert (response.status_code, error_code(response)) == (403, "user_inactive")
    assert SESSION_KEY not in client.session


def test_a_consent_keeps_what_the_project_stored_meanwhile(
    send_code, authorize, meanwhile
):
    send_code("mia")
    theirs = {"open_id": "x", "level": 7}
    meanwhile(nothing, lambda: SocialAccount.objects.update(extra_data=theirs))

    authorize("mia")

    stored = SocialAccount.objects.get().extra_data
    assert (stored["level"], stored["display_name"]) == (7, MIA)


# Between the look and the lock, whichever way allauth came to it.


@pytest.fixture
def looked_up(rf, client, send_code, tiktok):
    """Mia's consent, which has read her rows and not locked them yet."""
    send_code("mia")
    client.logout()
    request = rf.post("/")
    request.session, request.user = client.session, AnonymousUser()
    with request_context(request):
        provider = get_provider(request, DRAMA)
        code = tiktok.issue_code(DRAMA, "mia", scopes=BASIC)
        silent = provider.verify_token(request, {"access_token": code})
        info = profile(silent.token_grant.open_id, display_name=MIA)
        person = Person(token_grant=silent.token_grant, user_info=info)
        login = silent.anew(request, person)
        assert login.found_account.user.first_name == ""
        yield login


def test_a_name_that_was_typed_in_meanwhile_stays(looked_up):
    User.objects.update(first_name="Amalia")

    looked_up.lookup()

    assert User.objects.get().first_name == looked_up.user.first_name == "Amalia"


def test_a_blank_name_is_filled_in(looked_up):
    looked_up.lookup()

    assert User.objects.get().first_name == looked_up.user.first_name == MIA


def test_concurrent_change_of_the_account_is_kept(looked_up):
    SocialAccount.objects.update(extra_data={"level": 7})

    looked_up.lookup()

    stored = SocialAccount.objects.get().extra_data
    assert (stored["level"], stored["display_name"]) == (7, MIA)


def test_a_profile_brings_nothing_back_that_was_forgotten(looked_up):
    Identity.objects.update(union_id="u", searchable_name="mia")
    identity = Identity.objects.get()
    Identity.objects.update(union_id=None, searchable_name="")

    identity.note_profile(profile(identity.open_id))

    identity = Identity.objects.get()
    assert (identity.union_id, identity.searchable_name) == (None, "")
    assert identity.profile_fetched_at
