"""A Minis session ends with its identity, on every engine, whenever it was saved."""

import pickle
from importlib import import_module

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.contrib.auth import (
    aauthenticate,
    aget_user,
    alogin,
    authenticate,
    get_user_model,
    update_session_auth_hash,
)
from django.contrib.auth import login as django_login
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import pre_delete
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.databases import TO_LOCK_BY_KEYS
from tests.fixtures import DRAMA, GAME
from tests.login.test_cost import statements
from tests.sessions import ENGINES, is_logged_in, use_engine, user_of
from ttminis_auth.core import database, session_hash, session_search, sessions
from ttminis_auth.linking import detect, relink
from ttminis_auth.models import Identity
from ttminis_auth.removal import deauthorize, erasure

pytestmark = pytest.mark.django_db

User = get_user_model()
OURS = "ttminis_auth.backends.TTMinisBackend"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
APP_STATUS = "/_allauth/app/v1/auth/session"
APP_LOGIN = "/_allauth/app/v1/auth/provider/token"


@pytest.fixture(scope="session")
def session_files(tmp_path_factory):
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture(params=ENGINES)
def engine(request, settings, session_files):
    return use_engine(settings, request.param, session_files)


@pytest.fixture
def mia(send_code, client):
    send_code("mia")
    return Identity.objects.with_user().get()


def new_session():
    return import_module(django_settings.SESSION_ENGINE).SessionStore()


@pytest.fixture
def http():
    """A request with a session of its own."""
    request = RequestFactory().get("/")
    request.session, request.user = new_session(), AnonymousUser()
    return request


def remove(identity):
    assert deauthorize.remove(identity, reason=1, at=timezone.now())


def unlink(identity):
    User.objects.get().emailaddress_set.create(email="mia@example.com")
    relink.unlink(identity)


def disconnect(identity):
    identity.account.delete()


def link(identity):
    User.objects.get().emailaddress_set.create(email="mia@example.com")
    relink.link(identity, User.objects.create_user("otto"))


def end_sessions(identity):
    session_hash.end(identity.account.user)


def end_all(identity):
    session_search.end(identity.account.user)


ENDS = [remove, erasure.erase, unlink, disconnect, link, end_sessions, end_all]


# Every way to end a session, on every engine.


@pytest.mark.parametrize("end", ENDS)
def test_minis_session_ends_on_every_engine(engine, send_code, client, end):
    send_code("mia")
    assert is_logged_in(client)

    end(Identity.objects.with_user().get())

    assert not is_logged_in(client)


@pytest.mark.parametrize("end", ENDS)
def test_a_copied_session_cookie_ends_with_the_session(
    settings, session_files, send_code, client, end
):
    """An attacker who copied a signed cookie has the whole session."""
    use_engine(settings, "signed_cookies", session_files)
    send_code("mia")
    copied = client.cookies["sessionid"].value

    end(Identity.objects.with_user().get())

    attacker = Client()
    attacker.cookies["sessionid"] = copied
    assert not is_logged_in(attacker)


@pytest.mark.parametrize("end", ENDS)
def test_a_session_saved_after_its_end_is_logged_out(mia, client, end):
    content = dict(client.session.items())
    end(mia)

    late = new_session()
    late.update(content)
    late.save()

    assert user_of(late) is None


@pytest.mark.parametrize("name", ["db", "cached_db", "cache", "file"])
@pytest.mark.parametrize("end", [remove, erasure.erase, end_sessions])
def test_a_token_session_ends(settings, session_files, tiktok, name, end):
    use_engine(settings, name, session_files)
    code = tiktok.issue_code(DRAMA, "mia")
    token = {"client_id": DRAMA, "access_token": code}
    body = {"provider": "ttminis", "process": "login", "token": token}
    answer = Client().post(APP_LOGIN, body, content_type="application/json").json()
    headers = {"X-Session-Token": answer["meta"]["session_token"]}

    end(Identity.objects.with_user().get())

    assert Client().get(APP_STATUS, headers=headers).status_code in (401, 410)


def test_ending_sessions_costs_two_statements(mia):
    user = mia.account.user
    # With row locks, two more find the accounts to lock and check that these are all.
    more = 2 * database.has_row_locks() + TO_LOCK_BY_KEYS

    assert len(statements(lambda: session_hash.end(user))) == 2 + more


# Sessions that stay.


def test_a_login_after_the_end_makes_a_valid_session(mia, client, send_code):
    remove(mia)

    send_code("mia")

    assert user_of(client.session) == mia.account.user


def test_a_session_by_password_is_not_ended(mia):
    elsewhere = Client()
    elsewhere.force_login(mia.account.user, MODEL_BACKEND)

    remove(mia)

    assert is_logged_in(elsewhere)


def test_sessions_of_other_users_are_not_ended(mia, send_code):
    noah = Client()
    send_code("noah", by=noah)

    remove(mia)

    assert is_logged_in(noah)


def test_connecting_another_account_ends_no_session(mia, client, send_code, tiktok):
    olga = mia.account.user
    assert send_code("noah", process="connect").status_code == 200

    assert user_of(client.session) == olga


def test_sessions_of_the_user_s_other_apps_end_too(mia, client, authorize):
    """Django compares one value of the user for all apps."""
    other = mia.account.user.socialaccount_set.create(provider="game", uid="g-1")
    game = Identity.objects.create(account=other, client_key=GAME, open_id="g-1")

    assert is_logged_in(client)
    remove(Identity.objects.with_user().get(pk=game.pk))

    assert not is_logged_in(client)


def test_an_ended_session_stays_ended_after_connecting_again(mia, client):
    """A user disconnects TikTok because of a stolen session, and connects it later."""
    stolen = dict(client.session.items())
    user, open_id = mia.account.user, mia.open_id
    disconnect(mia)
    account = user.socialaccount_set.create(provider="ttminis", uid=open_id)
    Identity.objects.create(account=account, client_key=DRAMA, open_id=open_id)

    late = new_session()
    late.update(stolen)

    assert user_of(late) is None


def test_an_ended_session_stays_ended_after_linking_back(mia, client):
    stolen = dict(client.session.items())
    user = mia.account.user
    link(mia)
    otto = User.objects.get(username="otto")
    otto.emailaddress_set.create(email="otto@example.com")
    relink.link(Identity.objects.with_user().get(), user)

    late = new_session()
    late.update(stolen)

    assert user_of(late) is None


def test_a_deactivated_user_is_logged_out(mia, client):
    User.objects.update(is_active=False)

    assert not is_logged_in(client)


def test_a_deleted_user_is_logged_out(mia, client):
    mia.account.user.delete()

    assert not is_logged_in(client)


# Logins by code of the project.


def test_a_session_by_authenticate_ends(http, tiktok):
    user = authenticate(http, ttminis_code=tiktok.issue_code(DRAMA, "mia"))
    django_login(http, user)
    assert user_of(http.session) == user

    remove(Identity.objects.get())

    assert user_of(http.session) is None


def test_a_session_by_aauthenticate_ends(http, tiktok):
    code = tiktok.issue_code(DRAMA, "mia")
    user = async_to_sync(aauthenticate)(http, ttminis_code=code)
    async_to_sync(alogin)(http, user)
    assert async_to_sync(aget_user)(http) == user

    remove(Identity.objects.get())

    assert not async_to_sync(aget_user)(http).is_authenticated


def test_a_second_login_by_authenticate_keeps_the_session(http, tiktok):
    for _ in range(2):
        user = authenticate(http, ttminis_code=tiktok.issue_code(DRAMA, "mia"))
        django_login(http, user)
        http.session.setdefault("basket", "a pen")
        http.session.save()
        key = http.session.session_key

    assert http.session["basket"] == "a pen"
    assert (user_of(http.session), http.session.session_key) == (user, key)


def test_a_session_with_the_name_of_another_backend_ends(http, tiktok):
    user = authenticate(http, ttminis_code=tiktok.issue_code(DRAMA, "mia"))
    django_login(http, user, MODEL_BACKEND)
    assert user_of(http.session) == user

    remove(Identity.objects.get())

    assert user_of(http.session) is None


def test_a_project_may_log_in_later_by_primary_key(mia, http):
    """The project asks for its own second factor between the code and the login."""
    django_login(http, User.objects.get(), OURS)
    assert user_of(http.session) == mia.account.user

    session_hash.end(mia.account.user)

    assert user_of(http.session) is None


@pytest.mark.parametrize("end", [remove, erasure.erase])
def test_a_login_by_primary_key_after_a_removal_is_not_valid(mia, http, end):
    end(mia)

    django_login(http, User.objects.get(), OURS)

    assert user_of(http.session) is None


def test_a_user_without_tiktok_cannot_have_a_minis_session(http, local_user):
    django_login(http, local_user, OURS)

    assert user_of(http.session) is None


# Django's own changes of sessions.


def test_a_new_password_ends_the_other_sessions(mia, http, client, send_code):
    other = Client()
    send_code("mia", by=other)
    http.session, http.user = client.session, user_of(client.session)
    http.user.set_password("a long password")
    http.user.save()

    update_session_auth_hash(http, http.user)

    assert user_of(http.session) == http.user
    assert not is_logged_in(other)


def test_update_session_auth_hash_of_another_instance_ends_the_session(
    mia, http, client
):
    """Django's admin sets it so. The session could not be ended any more."""
    http.session, http.user = client.session, user_of(client.session)

    update_session_auth_hash(http, User.objects.get())

    assert user_of(http.session) is None


def test_a_session_with_a_cycled_key_ends(mia, http, client):
    http.session, http.user = client.session, user_of(client.session)
    update_session_auth_hash(http, http.user)

    remove(mia)

    assert user_of(http.session) is None


def test_a_new_secret_key_with_a_fallback_keeps_the_session(mia, client, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"

    assert is_logged_in(client)


def test_a_session_of_an_old_secret_key_ends(mia, client, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"

    remove(mia)

    assert not is_logged_in(client)


def test_reading_the_user_of_a_minis_session_costs_one_statement(
    mia, client, django_assert_num_queries
):
    session = client.session
    session.get("any")

    with django_assert_num_queries(1):
        user_of(session)


def test_the_user_of_a_minis_session_can_be_pickled(mia, client):
    user = user_of(client.session)

    again = pickle.loads(pickle.dumps(user))

    assert again.get_session_auth_hash() == user.get_session_auth_hash()


# Settings.


def test_the_backend_can_be_a_subclass_of_the_project(settings, send_code, client):
    own = "tests.login.backends.OwnBackend"
    settings.AUTHENTICATION_BACKENDS = [MODEL_BACKEND, own]

    send_code("mia")

    assert client.session["_auth_user_backend"] == own
    assert is_logged_in(client)


def test_a_login_without_ttminisbackend_is_refused(settings, send_code, tiktok, caplog):
    settings.AUTHENTICATION_BACKENDS = [MODEL_BACKEND]
    tiktok.clear_requests()

    assert send_code("mia").status_code == 503

    assert "TTMinisBackend" in caplog.text
    assert tiktok.count("token") == 0


# Signals without a session.


@pytest.mark.parametrize("request_", [None, HttpRequest()])
def test_a_login_signal_without_a_session_is_no_error(mia, request_):
    user_logged_in.send(sender=User, request=request_, user=mia.account.user)


def test_a_pre_delete_signal_without_origin_ends_the_sessions(mia, client):
    """Packages that mark a row as deleted send the signal so."""
    pre_delete.send(sender=Identity, instance=mia, using="default")

    assert not is_logged_in(client)


def test_a_login_without_a_code_removes_the_app_from_the_session(mia, client, rf):
    request = rf.post("/")
    request.session = client.session
    assert sessions.is_from_app(request, DRAMA)

    user_logged_in.send(sender=User, request=request, user=mia.account.user)

    assert not sessions.is_from_app(request, DRAMA)


def test_a_visitor_with_a_password_stays_logged_in_after_a_merge(rf, local_user):
    browser = Client()
    browser.force_login(local_user, MODEL_BACKEND)
    request = rf.post("/")
    request.session, request.user = browser.session, local_user
    stayed = User.objects.get(pk=local_user.pk)
    stayed.set_unusable_password()
    stayed.save()
    assert not is_logged_in(browser)

    browser.force_login(local_user, MODEL_BACKEND)
    request.session = browser.session
    detect.keep_logged_in(request, stayed)
    request.session.save()

    assert is_logged_in(browser)
