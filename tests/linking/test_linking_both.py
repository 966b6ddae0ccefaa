"""What leads into a user besides TikTok keeps that user out of every silent merge."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user, get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.test import Client

from tests.admin.conftest import person as person  # a fixture
from tests.databases import connection
from tests.fixtures import BASIC, DRAMA, GAME
from tests.linking.test_detect import _two_apps as _two_apps  # a fixture
from tests.linking.test_detect import mia_in_the_drama as mia_in_the_drama
from ttminis_auth.linking import detect
from ttminis_auth.linking.other_logins import Credential, _is_of_credentials
from ttminis_auth.models import Identity, LinkingConflict

pytestmark = pytest.mark.django_db

User = get_user_model()
Reason, State = LinkingConflict.Reason, LinkingConflict.State


class WithPhones(DefaultAccountAdapter):
    """Every user has a phone number."""

    def get_phone(self, user):
        return "+491701234567", True


def set_password(user):
    user.set_password("a long password")
    user.save()


def take_email(user):
    user.email = "attacker@example.com"
    user.save()


CREDENTIALS = {
    "password": set_password,
    "e-mail address of allauth": lambda user: user.emailaddress_set.create(email="a@b"),
    "e-mail address of the user": take_email,
    "Google account": lambda user: user.socialaccount_set.create(
        provider="google", uid="1"
    ),
}


def add_passkey(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})


@pytest.fixture
def mia_in_the_game(mia_in_the_drama, authorize):
    """The younger user of Mia's, whose profile is not shared yet."""
    authorize("mia", app=GAME, scopes=("user.info.open_id",))
    return User.objects.latest("pk")


def reasons():
    return list(LinkingConflict.objects.values_list("reason", "state"))


def user_in(browser):
    request = HttpRequest()
    request.session = browser.session
    return get_user(request)


# Asked of both.


@pytest.mark.parametrize("who", ["mia_in_the_drama", "mia_in_the_game"])
@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_user_with_another_way_in_is_not_merged(
    who, credential, mia_in_the_game, authorize, request
):
    CREDENTIALS[credential](request.getfixturevalue(who))

    authorize("mia", app=GAME, by=Client())

    assert reasons() == [(Reason.NOT_SILENT, State.OPEN)]
    assert User.objects.count() == 2


@pytest.mark.parametrize("who", ["mia_in_the_drama", "mia_in_the_game"])
def test_a_user_with_a_passkey_is_not_merged(
    who, mia_in_the_game, authorize, request, tiktok
):
    add_passkey(request.getfixturevalue(who))
    union_id = tiktok.union_id("mia", DRAMA)
    Identity.objects.filter(client_key=GAME).update(union_id=union_id)

    detect.consider(Identity.objects.get(client_key=DRAMA))

    assert reasons() == [(Reason.NOT_SILENT, State.OPEN)]


def test_a_user_with_a_phone_number_is_not_merged(mia_in_the_game, authorize, settings):
    settings.ACCOUNT_ADAPTER = f"{__name__}.WithPhones"

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.NOT_SILENT, State.OPEN)]


def test_a_user_that_another_backend_made_is_not_merged(mia_in_the_game, authorize):
    """As LDAP's: neither a password nor an e-mail address is stored here."""
    earlier = User.objects.earliest("pk")
    earlier.date_joined -= timedelta(hours=1)
    earlier.save()

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.NOT_SILENT, State.OPEN)]


@pytest.mark.parametrize("label", ["authtoken.Token", "otp_totp.TOTPDevice"])
def test_tokens_and_devices_of_known_packages_are_credentials(label):
    assert _is_of_credentials(label)


def test_a_user_model_without_date_joined_is_judged_by_its_credentials(
    mia_in_the_game,
):
    mia_in_the_game.date_joined = None

    assert detect.is_tiktoks_alone(mia_in_the_game)


# A user of the attacker's, made long before, with the victim's TikTok account.


@pytest.fixture
def attacker(local_user, tiktok, code_url):
    """The browser of an attacker who had the victim's phone for a minute."""
    User.objects.update(date_joined="2020-01-01T00:00Z")
    browser = Client()
    browser.force_login(local_user, "django.contrib.auth.backends.ModelBackend")
    for process in ("connect", "authorize"):
        code = tiktok.issue_code(GAME, "mia", scopes=BASIC)
        body = {"code": code, "process": process, "client_key": GAME}
        browser.post(code_url, body, content_type="application/json")
    assert Identity.objects.get().union_id
    return browser


def test_an_older_user_of_an_attacker_does_not_swallow_the_victim(attacker, authorize):
    authorize("mia")

    conflict = LinkingConflict.objects.get()
    assert conflict.older.account.user.username == "olga"
    assert (conflict.reason, conflict.state) == (Reason.NOT_SILENT, State.OPEN)
    assert conflict.younger.account.user != conflict.older.account.user


def test_user_of_an_attacker_without_its_password_is_not_merged(attacker, authorize):
    User.objects.update(password="!")

    authorize("mia")

    assert reasons() == [(Reason.NOT_SILENT, State.OPEN)]


@pytest.mark.parametrize("engine", ["db", "cache", "signed_cookies"])
def test_no_session_of_the_older_user_outlives_a_merge(engine, authorize, settings):
    """An attacker in the victim's older user could set a password afterwards."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    attacker, victim = Client(), Client()
    authorize("mia", by=attacker)
    assert user_in(attacker).is_authenticated

    authorize("mia", app=GAME, by=victim)

    assert User.objects.count() == 1
    assert not user_in(attacker).is_authenticated
    assert user_in(victim).is_authenticated


def test_the_older_user_s_session_goes_on_if_it_is_the_one_that_consents(
    mia_in_the_drama, authorize, tiktok
):
    authorize("mia", app=GAME, scopes=("user.info.open_id",), by=Client())
    union_id = tiktok.union_id("mia", DRAMA)
    Identity.objects.filter(client_key=GAME).update(union_id=union_id)
    browser = Client()

    authorize("mia", by=browser)

    assert User.objects.get() == user_in(browser) == mia_in_the_drama


def test_a_password_reset_link_from_before_is_worth_nothing(
    mia_in_the_drama, authorize
):
    link = default_token_generator.make_token(mia_in_the_drama)

    authorize("mia", app=GAME)

    stayed = User.objects.get()
    assert not default_token_generator.check_token(stayed, link)


# What they may do.


def test_users_with_different_permissions_are_not_merged(mia_in_the_game, authorize):
    permission = Permission.objects.first()
    mia_in_the_game.user_permissions.add(permission)

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.RIGHTS, State.OPEN)]


def test_users_in_different_groups_are_not_merged(
    mia_in_the_drama, mia_in_the_game, authorize
):
    mia_in_the_drama.groups.add(Group.objects.create(name="moderators"))

    authorize("mia", app=GAME)

    assert reasons() == [(Reason.RIGHTS, State.OPEN)]


def test_a_group_of_all_users_does_not_prevent_a_merge(
    mia_in_the_drama, mia_in_the_game, authorize
):
    all_users = Group.objects.create(name="all users")
    all_users.user_set.add(mia_in_the_drama, mia_in_the_game)

    authorize("mia", app=GAME)

    assert reasons() == [("", State.MERGED)]


def test_a_user_model_without_permissions_has_none():
    assert detect.rights_of(object()) == set()


# One conflict for each pair.


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(5))
def test_two_consents_at_once_store_one_conflict(person, settings, attempt):
    settings.TTMINIS_UNION_LINKING = "report"
    older = [person(f"mia{n}", app=f"app{n}", union_id="mia") for n in (1, 2)]
    younger = [person(f"mia{n}", app=f"app{n}", union_id="mia") for n in (3, 4)]
    for first, second in (older, younger):
        SocialAccount.objects.filter(pk=second.account_id).update(
            user=first.account.user
        )
    both = [older[1], younger[1]]
    barrier = Barrier(len(both))

    def consent(identity):
        try:
            barrier.wait()
            detect.consider(identity)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(both)) as pool:
        list(pool.map(consent, both))

    assert LinkingConflict.objects.count() == 1


def test_credentials_are_named_for_an_operator():
    assert str(Credential.PASSWORD.label) == "a password"
