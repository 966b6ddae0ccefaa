"""An error tracker reads local variables; there is no code, token or secret in them."""

import logging
import sys
from contextlib import suppress

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import user_logged_in
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate
from django.core.signals import got_request_exception
from django.db.models.signals import pre_save
from django.urls import reverse
from django.utils import timezone
from django.views.debug import ExceptionReporter

from tests.endpoints.hosted.hosted_page import ORIGIN
from tests.fixtures import DRAMA
from tests.grants import access, refresh
from tests.variables import Tracker, frames_of, leaks, shown
from tests.web.conftest import CALLBACK, asked, configure
from tests.web.conftest import person as web_person
from ttminis_auth.core import upstream
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.errors import LoginRefused
from ttminis_auth.models import Grant, Identity
from ttminis_auth.profile import user_info
from ttminis_auth.removal import deauthorize
from ttminis_auth.tiktok.secret import Secret
from ttminis_auth.tokens import access as tokens

pytestmark = pytest.mark.django_db
web = web_person

FORM = "application/x-www-form-urlencoded"
SECRET = "simulated-drama-secret"
WEB_SECRET = "simulated-web-secret"
HERE = "tests.login.test_local_variables"


class Bug(Exception):
    """A bug of the project's."""


def fail(*args, **kwargs):
    raise Bug


class AccountAdapter(DefaultAccountAdapter):
    is_safe_url = fail


class Populating(DefaultSocialAccountAdapter):
    populate_user = fail


class Announcing(DefaultSocialAccountAdapter):
    pre_social_login = fail


class Saving(DefaultSocialAccountAdapter):
    save_user = fail


class Listing(DefaultSocialAccountAdapter):
    list_apps = fail


HOOKS = ["Populating", "Announcing", "Saving", "Listing"]


@pytest.fixture
def crash():
    """The errors of the views, as Django hands them to error trackers."""
    errors = []

    def note(**kwargs):
        errors.append(sys.exc_info()[1])

    got_request_exception.connect(note)
    yield errors
    got_request_exception.disconnect(note)


@pytest.fixture
def code(tiktok):
    return tiktok.issue_code(DRAMA, "mia")


@pytest.fixture(params=["ttminis_login_by_code", "ttminis_app_code"])
def post(request, client):
    headers = {"Origin": ORIGIN}

    def send(code, content_type="application/json", **fields):
        body = {"code": code, "client_key": DRAMA, **fields}
        url, options = reverse(request.param), {"headers": headers}
        with suppress(Bug):
            return client.post(url, body, content_type=content_type, **options)

    return send


def test_hook_that_asks_about_the_next_page_shows_no_code(post, code, crash, settings):
    settings.ACCOUNT_ADAPTER = f"{HERE}.AccountAdapter"

    post(code, next="/elsewhere/")

    assert isinstance(crash[0], Bug)
    assert leaks(frames_of(crash[0]), code, SECRET) == []


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_of_a_login_shows_no_code_and_no_token(hook, post, code, crash, settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{HERE}.{hook}"

    post(code)

    assert isinstance(crash[0], Bug)
    assert leaks(frames_of(crash[0]), code, SECRET, "act.", "rft.") == []


@pytest.mark.parametrize("signal", [user_logged_in, pre_save])
def test_receiver_of_a_login_shows_no_code_and_no_token(
    signal, post, code, crash, hear
):
    hear(signal, fail)

    post(code)

    assert isinstance(crash[0], Bug)
    assert leaks(frames_of(crash[0]), code, SECRET, "act.", "rft.") == []


def test_form_shows_no_code_either(client, code_url, code, crash, settings):
    settings.ACCOUNT_ADAPTER = f"{HERE}.AccountAdapter"

    with suppress(Bug):
        client.post(code_url, f"code={code}&next=/", content_type=FORM)

    report = ExceptionReporter(None, Bug, crash[0], crash[0].__traceback__)
    assert leaks(frames_of(crash[0]), code) == []
    assert code not in report.get_traceback_text()


def test_message_about_a_wrong_secret_shows_no_unspent_code(post, code, settings):
    app = {"client_id": DRAMA, "secret": "simulated-but-wrong"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [app]}}
    tracker = Tracker(code, "simulated-but-wrong")
    logger = logging.getLogger("ttminis_auth")
    logger.addHandler(tracker)

    post(code)

    logger.removeHandler(tracker)
    assert any("refused the app" in message for message in tracker.heard)
    assert tracker.leaks == []


@pytest.fixture(params=["authenticate", "aauthenticate"])
def failed_authenticate(request, settings):
    """Return a function that tells where a code is read after a hook has failed."""
    settings.SOCIALACCOUNT_ADAPTER = f"{HERE}.Announcing"

    async def apart(given):
        await aauthenticate(None, ttminis_code=given)

    act = {
        "authenticate": lambda given: authenticate(None, ttminis_code=given),
        "aauthenticate": lambda given: async_to_sync(apart)(given),
    }[request.param]

    def look(given, code):
        with pytest.raises(Bug) as bug:
            act(given)
        return leaks(frames_of(bug.value), code, "act.", "rft.")

    return look


def test_authenticating_shows_no_code(failed_authenticate, code):
    assert failed_authenticate(Secret(code), code) == []


def test_authenticating_with_a_plain_code_shows_it_in_django_alone(
    failed_authenticate, code
):
    found = failed_authenticate(code, code)

    assert not [leak for leak in found if "ttminis_auth/" in leak]
    # The decorator of Django's own authenticate().
    assert {leak.rsplit("/", 1)[1] for leak in found} <= {
        "debug.py:sensitive_variables_wrapper:func_kwargs",
        "sync.py:__call__:args",
        "sync.py:main_wrap:args",
    }


# TikTok's faults: requests and urllib3 hold the form, and our client the answer.

FAULTS = [
    "html_502",
    "error_in_200",
    "missing_open_id",
    "missing_access_token",
    "truncated_json",
    "redirect",
    "rate_limited",
    "invalid_client",
    "huge_body",
]


@pytest.mark.parametrize("kind", FAULTS)
def test_failed_exchange_shows_no_code_and_no_token(kind, rf, code, tiktok):
    tiktok.order_fault(kind)

    with pytest.raises(LoginRefused) as refused:
        upstream.exchange(get_provider(rf.post("/"), DRAMA).app, Secret(code))

    assert leaks(frames_of(refused.value), code, SECRET, "act.", "rft.") == []


def test_failed_exchange_shows_no_code(rf, code, settings):
    settings.TTMINIS_API_BASE_URL = "http://127.0.0.1:1"

    with pytest.raises(LoginRefused) as refused:
        upstream.exchange(get_provider(rf.post("/"), DRAMA).app, Secret(code))

    assert leaks(frames_of(refused.value), code, SECRET) == []


@pytest.fixture
def mia(authorize, tiktok):
    authorize("mia")
    return Identity.objects.get()


@pytest.fixture
def pair(mia):
    grant = Grant.objects.get()
    return access(grant), refresh(grant)


@pytest.mark.parametrize("kind", ["html_502", "missing_open_id", "truncated_json"])
def test_failed_refresh_shows_no_token(kind, mia, pair, tiktok):
    past = timezone.now() - timezone.timedelta(days=1)
    Grant.objects.update(access_expires_at=past, issued_at=past)
    tiktok.order_fault(kind)

    with pytest.raises(LoginRefused) as refused:
        tokens.access_token(mia)

    assert leaks(frames_of(refused.value), *pair, SECRET, "act.", "rft.") == []


def test_failed_call_shows_no_token_in_our_variables(mia, pair):
    with pytest.raises(Bug) as bug:
        tokens.call(mia, fail)

    assert leaks(frames_of(bug.value), *pair) == []


def test_failed_profile_shows_no_token(mia, pair, tiktok):
    tiktok.order_fault("html_502", endpoint="user_info")

    with pytest.raises(LoginRefused) as refused:
        user_info.fetch(mia)

    assert leaks(frames_of(refused.value), *pair) == []


def test_failed_revocation_shows_no_token(mia, pair, tiktok):
    tiktok.order_fault("html_502", endpoint="revoke")

    with pytest.raises(LoginRefused) as refused:
        deauthorize.revoke(mia)

    assert leaks(frames_of(refused.value), *pair, SECRET) == []


# A web login: the code is in the address, which repr() of a request shows too.


@pytest.mark.parametrize("pkce", [True, False])
@pytest.mark.parametrize("hook", ["Populating", "Announcing", "Saving"])
def test_web_login_shows_no_code(hook, pkce, web, crash, settings):
    configure(settings, OAUTH_PKCE_ENABLED=pkce)
    address = web.decide(web.start())
    code = asked(address)["code"][:20]  # what follows is spelled in several ways
    settings.SOCIALACCOUNT_ADAPTER = f"{HERE}.{hook}"

    with suppress(Bug):
        web.client.get(address, RAW_URI=address)

    assert leaks(frames_of(crash[0]), code, WEB_SECRET, "act.", "code_verifier") == []


def test_error_report_of_a_web_login_shows_no_code(web, crash, settings, rf):
    address = web.decide(web.start())
    settings.SOCIALACCOUNT_ADAPTER = f"{HERE}.Announcing"
    seen = []
    got_request_exception.connect(lambda request, **k: seen.append(request), weak=False)

    with suppress(Bug):
        web.client.get(address, REQUEST_URI=address)

    report = ExceptionReporter(seen[0], Bug, crash[0], crash[0].__traceback__)
    assert asked(address)["code"][:20] not in report.get_traceback_text()
    assert "hidden" in seen[0].get_full_path()


def test_web_login_succeeds_where_cookies_are_strict(web, settings, tiktok):
    """Coming from TikTok, the browser sends no cookie, and allauth sends it round."""
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    address = web.decide(web.start())
    cookies, web.client.cookies = web.client.cookies, type(web.client.cookies)()

    page = web.client.get(address)

    assert asked(address)["code"][:20] in page.content.decode()
    web.client.cookies = cookies
    web.client.get(f"{address}&_redir=")
    assert web.user_pk == Identity.objects.get().account.user_id


def test_web_login_without_a_code_is_refused(web):
    address = web.start()

    page = web.client.get(CALLBACK, {"state": asked(address)["state"]})

    assert page.status_code == 401
    assert web.user_pk is None


def test_value_whose_repr_fails_is_shown_by_its_type():
    class Broken:
        __repr__ = fail

    assert shown(Broken()) == "Bug"
