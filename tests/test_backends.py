"""Plain Django: a code in, a user or None out."""

import pytest
from allauth.account.signals import user_signed_up
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.signals import pre_social_login
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY as AUTH_KEY
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth import login as django_login
from django.contrib.auth.backends import BaseBackend
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

from tests.fixtures import DRAMA
from ttminis_auth.core.sessions import SESSION_KEY
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture
def code(tiktok):
    return tiktok.issue_code(DRAMA, "mia")


@pytest.fixture
def request_with_session(local_user):
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.user = local_user
    return request


def test_a_code_is_its_owner(code, tiktok):
    user = authenticate(None, ttminis_code=code)

    assert user.socialaccount_set.get().uid == tiktok.open_id("mia", DRAMA)


def test_the_same_person_is_the_same_user(tiktok):
    first = authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))
    again = authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))

    assert first == again


def test_the_app_may_be_named(code):
    assert authenticate(None, ttminis_code=code, client_key=DRAMA) is not None


def test_an_unknown_app_authenticates_no_user(code):
    assert authenticate(None, ttminis_code=code, client_key="nobody") is None


class NeedsRequest(BaseBackend):
    """As that of django-axes, which is asked first, about every keyword."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        if request is None:
            raise TypeError("a request is needed")
        request.META.get("REMOTE_ADDR")


@pytest.fixture
def _asked_first(settings):
    first = f"{__name__}.NeedsRequest"
    settings.AUTHENTICATION_BACKENDS = [first, *settings.AUTHENTICATION_BACKENDS]


@pytest.mark.usefixtures("_asked_first")
def test_a_bare_request_will_do_for_backends_that_need_one(code):
    assert authenticate(HttpRequest(), ttminis_code=code) is not None
    assert authenticate(HttpRequest(), ttminis_code="made up") is None


def test_a_bare_request_stays_as_it_is(code):
    """A login() into a session that is not saved has to fail."""
    request = HttpRequest()

    user = authenticate(request, ttminis_code=code)

    assert not {"session", "user"} & set(vars(request))
    with pytest.raises(AttributeError):
        django_login(request, user)


@pytest.mark.parametrize("missing", ["session", "user"])
def test_an_api_without_sessions_may_authenticate(code, request_with_session, missing):
    delattr(request_with_session, missing)

    assert authenticate(request_with_session, ttminis_code=code) is not None


def test_hook_is_given_the_request_itself(code, request_with_session, hear):
    hear(pre_social_login, lambda request, **kwargs: vars(request).update(seen=True))

    authenticate(request_with_session, ttminis_code=code)

    assert request_with_session.seen


@pytest.mark.parametrize(
    ("there", "missing"), [("session", "user"), ("user", "session")]
)
def test_hook_is_given_what_the_request_has(
    code, request_with_session, hear, there, missing
):
    delattr(request_with_session, missing)
    given = []
    hear(pre_social_login, lambda request, **kwargs: given.append(vars(request)[there]))

    authenticate(request_with_session, ttminis_code=code)

    assert given == [getattr(request_with_session, there)]


def test_the_async_twin_takes_a_bare_request(code):
    assert async_to_sync(aauthenticate)(HttpRequest(), ttminis_code=code) is not None


@pytest.mark.parametrize("code", ["", "made up", "x" * 3000, "a\x00b"])
def test_a_bad_code_authenticates_no_user(code, tiktok):
    assert authenticate(None, ttminis_code=code) is None


def test_an_outage_authenticates_no_user(code, tiktok):
    tiktok.order_fault("html_502")

    assert authenticate(None, ttminis_code=code) is None


def test_an_inactive_user_is_not_authenticated(tiktok):
    authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))
    User.objects.update(is_active=False)

    assert authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia")) is None


def test_the_async_twin_finds_the_same_user(tiktok):
    user = authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))
    code = tiktok.issue_code(DRAMA, "mia")

    # async_to_sync keeps the database work in this thread, in the test's transaction.
    found = async_to_sync(aauthenticate)(None, ttminis_code=code)

    assert found == user


def test_user_who_is_logged_in_does_not_matter(code, request_with_session):
    user = authenticate(request_with_session, ttminis_code=code)

    assert user != request_with_session.user


def test_authenticating_logs_no_user_in(code, request_with_session):
    authenticate(request_with_session, ttminis_code=code)

    assert not {SESSION_KEY, AUTH_KEY} & set(request_with_session.session.keys())


def test_a_login_afterwards_counts_as_a_minis_session(code, request_with_session):
    user = authenticate(request_with_session, ttminis_code=code)

    django_login(request_with_session, user)

    assert request_with_session.session[SESSION_KEY] == DRAMA


def test_a_password_login_afterwards_does_not(code, request_with_session, local_user):
    user = authenticate(request_with_session, ttminis_code=code)
    django_login(request_with_session, user)

    django_login(
        request_with_session, local_user, "django.contrib.auth.backends.ModelBackend"
    )

    assert SESSION_KEY not in request_with_session.session


def test_passwords_are_none_of_its_business(local_user):
    user = authenticate(None, username="olga", password="a long password")

    assert user.backend == "django.contrib.auth.backends.ModelBackend"


class AskingAdapter(DefaultSocialAccountAdapter):
    """Takes what allauth gives it, and asks the request about each sign-up."""

    def list_apps(self, request, provider=None, client_id=None):
        request.asked.append("list_apps")
        return super().list_apps(request, provider, client_id)

    def is_open_for_signup(self, request, sociallogin):
        request.asked.append(f"is_open_for_signup {sociallogin.account.provider}")
        return super().is_open_for_signup(request, sociallogin)

    def is_auto_signup_allowed(self, request, sociallogin):
        request.asked.append(f"is_auto_signup_allowed {sociallogin.account.provider}")
        return super().is_auto_signup_allowed(request, sociallogin)

    def save_user(self, request, sociallogin, form):
        request.asked.append(f"save_user {sociallogin.account.provider}")
        return super().save_user(request, sociallogin, form)


def test_hooks_of_a_sign_up_are_asked_about_the_request(
    code, request_with_session, settings
):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.AskingAdapter"
    request_with_session.asked = asked = []

    authenticate(request_with_session, ttminis_code=code)

    assert list(dict.fromkeys(asked)) == [
        "list_apps",
        "is_open_for_signup ttminis",
        "is_auto_signup_allowed ttminis",
        "save_user ttminis",
    ]


def test_sign_up_is_announced_with_all_that_allauth_says(
    code, request_with_session, hear
):
    heard = []
    hear(user_signed_up, lambda **kwargs: heard.append(kwargs))

    user = authenticate(request_with_session, ttminis_code=code)

    (said,) = heard
    assert (said["sender"], said["user"]) == (User, user)
    assert said["request"] is request_with_session
    assert said["sociallogin"].user == user


def test_closed_sign_up_makes_no_user(code, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosedAccountAdapter"

    assert authenticate(None, ttminis_code=code) is None
    assert not User.objects.exists()


def test_a_sign_up_that_needs_a_form_makes_no_user(code, settings):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False

    assert authenticate(None, ttminis_code=code) is None
    assert not Identity.objects.exists()


def test_the_reason_is_in_the_log(tiktok, caplog):
    caplog.set_level("INFO", "ttminis_auth")

    authenticate(None, ttminis_code="made up")

    assert "code_rejected" in caplog.text


def test_codes_rejected_without_a_request_are_not_counted(tiktok, send_code, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    authenticate(None, ttminis_code="made up")
    authenticate(None, ttminis_code="made up too")

    assert send_code("mia").status_code == 200


def test_codes_rejected_with_a_request_are(tiktok, request_with_session, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    authenticate(request_with_session, ttminis_code="made up")
    good = tiktok.issue_code(DRAMA, "mia")

    assert authenticate(request_with_session, ttminis_code=good) is None
