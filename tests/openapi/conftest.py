"""For each example of an answer a fixture of its name: that answer, from the server."""

import pytest
from allauth.account import app_settings
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tests.fixtures import DRAMA

User = get_user_model()


@pytest.fixture
def post(client, code_url, tiktok):
    def post(body, content_type="application/json", **extra):
        return client.post(code_url, body, content_type=content_type, **extra)

    return post


@pytest.fixture
def known_mia(send_code):
    """Mia logged in before, in a session of her own."""
    send_code("mia", by=Client())
    return User.objects.get(socialaccount__isnull=False)


@pytest.fixture
def second_factor(known_mia):
    kind = Authenticator.Type.TOTP
    Authenticator.objects.create(user=known_mia, type=kind, data={"secret": "x"})


# 200


@pytest.fixture
def newcomer(send_code):
    return send_code("mia")


@pytest.fixture
def returning(send_code, client, code_url, tiktok, olga):
    olga.emailaddress_set.create(email="olga@example.org", primary=True, verified=True)
    send_code("mia", process="connect")
    shared = {"display_name": "Olga", "avatar_url": None}
    SocialAccount.objects.update(extra_data=shared)
    scopes = ("user.info.basic", "user.info.open_id")
    body = {"code": tiktok.issue_code(DRAMA, "mia", scopes=scopes), "next": "/shop/"}
    return client.post(code_url, body, content_type="application/json")


@pytest.fixture
def consent(known_mia, authorize):
    return authorize("mia")


@pytest.fixture
def profile_pending(known_mia, authorize, tiktok):
    tiktok.order_fault("html_502", endpoint="user_info")
    return authorize("mia")


# 400 and 405


@pytest.fixture
def invalid_request(post):
    return post({"code": ""})


@pytest.fixture
def not_json(post):
    return post("code=x")


@pytest.fixture
def unknown_client_key(post):
    return post({"code": "x", "client_key": "nobody"})


@pytest.fixture
def not_a_post(client, code_url):
    return client.get(code_url)


# 401


@pytest.fixture
def pending(send_code, second_factor):
    return send_code("mia")


@pytest.fixture
def pending_without_pages(send_code, second_factor, settings):
    settings.HEADLESS_ONLY = True
    settings.ROOT_URLCONF = "tests.login.urls_without_pages"
    return send_code("mia")


@pytest.fixture
def reauthenticate(send_code, olga, settings):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    return send_code("mia", process="connect")


@pytest.fixture
def code_rejected(post):
    return post({"code": "made up"})


@pytest.fixture
def token_refused(consent, send_code, tiktok, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.openapi.adapters.RefreshingAdapter"
    tiktok.order_fault("error", endpoint="user_info", error="scope_not_authorized")
    return send_code("mia")


@pytest.fixture
def login_required(send_code, db):
    return send_code("mia", process="connect")


# 403


@pytest.fixture
def signup_closed(send_code, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosedAccountAdapter"
    return send_code("mia")


@pytest.fixture
def user_inactive(send_code, known_mia):
    User.objects.update(is_active=False)
    return send_code("mia")


@pytest.fixture
def reauthentication_impossible(send_code, settings):
    if not hasattr(app_settings, "REAUTHENTICATION_METHODS"):
        pytest.skip("allauth lets such users pass")
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    send_code("noah")
    return send_code("mia", process="connect")


@pytest.fixture
def login_vetoed(send_code, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.VetoingAccountAdapter"
    return send_code("mia")


@pytest.fixture
def hook_refused(send_code, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.openapi.adapters.RefusingAdapter"
    return send_code("mia")


@pytest.fixture
def csrf_failed(code_url):
    forging = Client(enforce_csrf_checks=True)
    return forging.post(code_url, {"code": "x"}, content_type="application/json")


# 409


@pytest.fixture
def account_mismatch(send_code, olga):
    return send_code("mia")


@pytest.fixture
def connected_other(send_code, known_mia, olga):
    return send_code("mia", process="connect")


@pytest.fixture
def login_again(send_code, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.openapi.adapters.AlwaysOvertakenAdapter"
    return send_code("mia")


# Logouts


@pytest.fixture
def headless_only(settings):
    settings.HEADLESS_ONLY = True
    settings.ROOT_URLCONF = "tests.headless_only_urls"


@pytest.fixture
def logged_out(send_code, client, headless_only):
    send_code("mia")
    return client.post(reverse("ttminis_logout"))


@pytest.fixture
def forged_logout(headless_only, db):
    forging = Client(enforce_csrf_checks=True)
    return forging.post(reverse("ttminis_logout"))


# 429 and 503


@pytest.fixture
def rate_limited(post, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    post({"code": "made up"})
    return post({"code": "made up"})


@pytest.fixture
def tiktok_unavailable(send_code, tiktok):
    tiktok.order_fault("html_502")
    return send_code("mia")


@pytest.fixture
def misconfigured(send_code, tiktok):
    tiktok.order_fault("invalid_client")
    return send_code("mia")
