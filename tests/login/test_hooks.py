"""allauth's hooks, signals and stages work as for any other provider."""

from datetime import timedelta

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.signals import user_logged_in, user_signed_up
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import (
    SocialAccount,
    SocialApp,
    SocialLogin,
    SocialToken,
)
from django.contrib.auth import SESSION_KEY, get_user_model
from django.db import DatabaseError
from django.test import Client

from tests.fixtures import DRAMA, error_code
from tests.grants import access, refresh
from ttminis_auth.core.sessions import SESSION_KEY as APP_KEY
from ttminis_auth.models import Grant, Identity

pytestmark = pytest.mark.django_db

User = get_user_model()


class ContactsAdapter(DefaultSocialAccountAdapter):
    """Knows an address and a number of every user from TikTok."""

    def populate_user(self, request, sociallogin, data):
        address = EmailAddress(email="mia@example.org", verified=True)
        sociallogin.email_addresses.append(address)
        sociallogin.phone, sociallogin.phone_verified = "+491701234567", True
        return super().populate_user(request, sociallogin, data)


class PhonesAdapter(DefaultAccountAdapter):
    """Stores numbers, and sends no message to them."""

    def set_phone(self, user, phone, verified):
        user.first_name = f"{phone} {verified}"
        user.save()

    def get_phone(self, user):
        return None

    send_verification_code_sms = set_phone_verified = get_user_by_phone = get_phone


@pytest.fixture
def heard():
    """The names of allauth's signals, in the order in which they were sent."""
    names = {
        "pre_social_login": signals.pre_social_login,
        "social_account_added": signals.social_account_added,
        "social_account_updated": signals.social_account_updated,
        "user_signed_up": user_signed_up,
        "user_logged_in": user_logged_in,
    }
    log, receivers = [], {}
    for name, signal in names.items():
        receivers[name] = lambda name=name, **kwargs: log.append(name)
        signal.connect(receivers[name])
    yield log
    for name, signal in names.items():
        signal.disconnect(receivers[name])


def pending_ids(response):
    return [flow["id"] for flow in response.json()["data"]["flows"]]


def test_a_first_login_sends_allauth_s_signals(send_code, heard):
    send_code("mia")

    assert heard == ["pre_social_login", "user_signed_up", "user_logged_in"]


def test_a_return_sends_allauth_s_signals(send_code, heard):
    send_code("mia")
    heard.clear()

    send_code("mia", by=Client())

    assert heard == ["social_account_updated", "pre_social_login", "user_logged_in"]


def test_a_return_is_announced_with_all_that_allauth_says(send_code, code_url, hear):
    send_code("mia")
    said = []
    hear(signals.social_account_updated, lambda **kwargs: said.append(kwargs))

    send_code("mia", by=Client())

    (kwargs,) = said
    assert kwargs["sender"] is SocialLogin
    assert kwargs["request"].path == code_url
    assert kwargs["sociallogin"].account == SocialAccount.objects.get()


def test_logging_in_again_sends_no_login_signal(send_code, heard):
    send_code("mia")
    heard.clear()

    send_code("mia")

    assert heard == ["social_account_updated", "pre_social_login"]


def test_connecting_sends_allauth_s_signals(send_code, olga, heard):
    send_code("mia", process="connect")

    assert heard == ["pre_social_login", "social_account_added"]


def test_a_project_may_close_sign_up(send_code, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosedAccountAdapter"

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (403, "signup_closed")
    assert not User.objects.exists()


@pytest.mark.parametrize("process", ["login", "switch"])
def test_a_closed_sign_up_leaves_the_session_to_its_user(
    send_code, client, settings, process
):
    send_code("mia")
    before = dict(client.session)
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosedAccountAdapter"

    assert error_code(send_code("noah", process=process)) == "signup_closed"
    assert dict(client.session) == before


def test_a_hook_may_say_that_the_sign_up_is_closed(send_code, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.ClosingAdapter"

    assert error_code(send_code("mia")) == "signup_closed"


def test_a_sign_up_that_closes_meanwhile_is_refused(send_code, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosingAccountAdapter"

    assert error_code(send_code("mia")) == "signup_closed"
    assert not User.objects.exists()


@pytest.mark.parametrize("adapter", ["Closed", "Closing", "Vetoing"])
def test_a_refused_login_does_not_count_as_a_logout(
    send_code, client, settings, adapter
):
    send_code("noah", by=Client())
    send_code("mia")
    settings.ACCOUNT_ADAPTER = f"tests.adapters.{adapter}AccountAdapter"

    for handle in ("noah", "aiko"):
        send_code(handle, process="switch")
        assert "ttminis_logout" not in client.cookies


def test_a_project_may_populate_the_user(send_code, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.NamingAdapter"

    send_code("mia")

    assert User.objects.get().first_name == "Viewer"


def test_a_project_may_bring_addresses_and_numbers(send_code, settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.ContactsAdapter"
    settings.ACCOUNT_ADAPTER = f"{__name__}.PhonesAdapter"

    send_code("mia")

    user = User.objects.get()
    assert EmailAddress.objects.get(verified=True).user == user
    assert user.email == "mia@example.org"
    assert user.first_name == "+491701234567 True"


def test_connecting_brings_no_addresses(send_code, olga, settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.ContactsAdapter"

    send_code("mia", process="connect")

    assert Identity.objects.get().account.user == olga
    assert not EmailAddress.objects.exists()


def test_a_project_may_link_before_the_sign_up(send_code, settings, local_user):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.LinkingAdapter"

    response = send_code("mia")

    assert response.json()["data"]["user"]["id"] == local_user.pk
    assert Identity.objects.get().account.user == local_user


def test_a_closed_sign_up_admits_a_user_that_the_project_links(
    send_code, settings, local_user
):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.LinkingAdapter"
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosedAccountAdapter"

    assert send_code("mia").status_code == 200
    assert Identity.objects.get().account.user == local_user


def test_a_project_may_interrupt_a_login(send_code, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.adapters.InterruptingAdapter"

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (403, "login_vetoed")
    assert not User.objects.exists()


def test_a_project_may_veto_a_login(send_code, client, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.VetoingAccountAdapter"

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (403, "login_vetoed")
    assert SESSION_KEY not in client.session


def test_an_accident_of_the_database_is_not_taken_for_a_merge(send_code, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.BrokenAccountAdapter"

    with pytest.raises(DatabaseError, match="the disk is full"):
        send_code("mia")


def test_user_who_is_merged_during_a_login_is_looked_up_again(send_code, settings):
    settings.ACCOUNT_ADAPTER = "tests.adapters.VanishingAccountAdapter"

    response = send_code("mia")

    assert response.status_code == 200
    assert response.json()["data"]["user"]["id"] == User.objects.get().pk


# Stages that a login can stop at.


@pytest.fixture
def second_factor(send_code):
    """Mia has a login and, from now on, an authenticator app."""
    send_code("mia", by=Client())
    return Authenticator.objects.create(
        user=User.objects.get(), type=Authenticator.Type.TOTP, data={"secret": "x"}
    )


def test_a_second_factor_is_a_pending_flow(send_code, client, second_factor):
    response = send_code("mia")

    assert response.status_code == 401
    assert pending_ids(response) == ["mfa_authenticate"]
    assert SESSION_KEY not in client.session


def test_a_pending_flow_names_its_page(send_code, second_factor):
    flow = send_code("mia").json()["data"]["flows"][0]

    assert flow == {
        "id": "mfa_authenticate",
        "is_pending": True,
        "url": "/accounts/2fa/authenticate/",
    }


def test_a_mandatory_e_mail_is_a_pending_flow(send_code, client, settings):
    settings.SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"

    response = send_code("mia")

    assert pending_ids(response) == ["verify_email"]
    assert SESSION_KEY not in client.session


def test_a_sign_up_form_is_a_pending_flow(send_code, settings):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False

    (flow,) = send_code("mia").json()["data"]["flows"]

    page = "/accounts/3rdparty/signup/"
    assert flow == {"id": "provider_signup", "is_pending": True, "url": page}
    assert not User.objects.exists()


def test_no_token_waits_in_the_session_for_a_form(send_code, client, settings):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    send_code("mia")

    waiting = str(dict(client.session))
    assert "act." not in waiting
    assert "rft." not in waiting


def test_a_finished_form_makes_user_and_identity(send_code, client, settings):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    send_code("mia")

    client.post("/accounts/3rdparty/signup/", {"username": "mia", "email": ""})

    identity = Identity.objects.get()
    assert identity.account.user.username == "mia"
    assert client.session[APP_KEY] == DRAMA


def test_a_sign_up_without_tiktok_gets_no_identity(client, db):
    secret = "a long password"
    fields = {"username": "olga", "password1": secret, "password2": secret}

    client.post("/accounts/signup/", fields)

    assert User.objects.get().username == "olga"
    assert not Identity.objects.exists()


def test_connecting_may_need_the_password_again(send_code, olga, settings):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True

    response = send_code("mia", process="connect")

    assert response.status_code == 401
    assert pending_ids(response) == ["reauthenticate"]
    assert not Identity.objects.exists()


# allauth's own copy of the tokens.


def test_allauth_keeps_no_copy_of_the_tokens(send_code):
    send_code("mia")

    assert not SocialToken.objects.exists()
    assert Grant.objects.count() == 1


def test_allauth_stores_a_copy_of_the_token_if_configured(send_code, settings):
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    send_code("mia")
    send_code("mia", by=Client())

    assert SocialToken.objects.get().token == access(Grant.objects.get())


@pytest.fixture
def copied(send_code, settings):
    """Log Mia in, and return allauth's copy of her tokens."""
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    def log_in():
        assert send_code("mia").status_code == 200
        return SocialToken.objects.get()

    return log_in


def test_the_copy_has_the_refresh_token_and_the_hour_of_its_end(copied):
    copy, grant = copied(), Grant.objects.get()

    assert copy.token_secret == refresh(grant)
    assert abs(copy.expires_at - grant.access_expires_at) < timedelta(minutes=1)


def test_the_copy_has_no_refresh_token_where_tiktok_sends_none(copied, tiktok):
    tiktok.order_fault("missing_refresh_token")

    assert copied().token_secret == ""


def test_the_copy_has_no_expiry_where_tiktok_gives_none(copied, tiktok):
    tiktok.order_fault("no_expires_in")

    assert copied().expires_at is None


def test_the_copy_names_the_app_that_has_a_row(copied, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    secret = "simulated-drama-secret"
    app = SocialApp.objects.create(provider="ttminis", client_id=DRAMA, secret=secret)

    assert copied().app == app
