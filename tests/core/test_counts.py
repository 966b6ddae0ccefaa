"""Logins, consents, refusals and removals are counted once at each endpoint."""

from collections import Counter
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate, get_user_model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.databases import connection
from tests.endpoints.hosted.hosted_page import FOREIGN_ORIGIN, HostedPage
from tests.endpoints.hosted.test_going_on import SECRET, totp_code
from tests.fixtures import DRAMA, GAME
from tests.login.test_sociallogin import overtaken as overtaken  # a fixture
from tests.removal.test_deauthorize import committed as committed  # a fixture
from tests.test_provider import token_login as token_login  # a fixture
from tests.web.conftest import WEB
from tests.web.conftest import person as person  # a fixture
from ttminis_auth.core import counts
from ttminis_auth.models import DailyCount, Identity
from ttminis_auth.removal import deauthorize
from ttminis_auth.tiktok.types import RemovalReason

pytestmark = pytest.mark.django_db

User = get_user_model()
JSON = "application/json"


def counted(client_key=DRAMA):
    """Return the unwritten counts of an app: ``{"refusal login_again": 1}``."""
    found = Counter()
    for key, count in counts.unwritten.counts.items():
        if key.client_key == client_key:
            found[f"{key.what} {key.code}".strip()] += count
    return found


@pytest.fixture
def mia(send_code):
    """A user whose first login is not counted."""
    send_code("mia", by=Client())
    counts.unwritten.forget()
    return User.objects.get()


@pytest.fixture
def hosted_login(code_url, tiktok):
    """Send a login to the endpoint for TikTok-hosted pages, from the app's page."""

    def post(by=None, **fields):
        body = {"code": tiktok.issue_code(DRAMA, "mia"), **fields}
        return (by or HostedPage()).post("/accounts/ttminis/app/code/", body, JSON)

    return post


class TestLogins:
    """Each completed login is counted once, as a first login or a later one."""

    def test_first_login_is_counted_as_such(self, send_code):
        send_code("mia")

        assert counted() == {"first_login": 1}

    def test_later_login_is_counted_as_such(self, mia, send_code):
        send_code("mia")

        assert counted() == {"login": 1}

    def test_login_in_the_same_session_is_counted(self, mia, send_code):
        send_code("mia")
        send_code("mia")

        assert counted() == {"login": 2}

    def test_login_from_a_hosted_page_is_counted(self, hosted_login):
        hosted_login()
        hosted_login()

        assert counted() == {"first_login": 1, "login": 1}

    def test_login_through_allauths_token_endpoint_is_counted(self, token_login):
        token_login()
        token_login()

        assert counted() == {"first_login": 1, "login": 1}

    def test_login_through_authenticate_is_counted(self, tiktok):
        for _ in range(2):
            authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))

        assert counted() == {"first_login": 1, "login": 1}

    def test_web_login_is_counted(self, person):
        person.log_in()
        person.client.logout()
        person.log_in()

        assert counted(WEB) == {"first_login": 1, "login": 1}

    def test_login_of_a_switched_account_is_counted(self, mia, send_code, client):
        send_code("mia")
        send_code("noah")

        assert counted() == {"login": 1, "first_login": 1}

    def test_login_that_waits_for_a_second_factor_is_not_counted(self, mia, send_code):
        Authenticator.objects.create(user=mia, type="totp", data={"secret": "x"})

        send_code("mia")
        assert counted() == {}

    def test_login_completed_by_a_second_factor_is_counted(
        self, mia, send_code, client, settings
    ):
        # The code may expire between its making and its arrival.
        settings.MFA_TOTP_TOLERANCE = 1
        TOTP.activate(mia, SECRET)

        send_code("mia")
        client.post("/accounts/2fa/authenticate/", {"code": totp_code()})
        assert counted() == {"login": 1}

    def test_login_completed_by_a_sign_up_form_is_counted(
        self, send_code, client, settings
    ):
        settings.SOCIALACCOUNT_AUTO_SIGNUP = False
        send_code("mia")
        assert counted() == {}

        client.post("/accounts/3rdparty/signup/", {"username": "mia", "email": ""})
        assert counted() == {"first_login": 1}

    def test_login_by_password_is_not_counted(self, olga):
        assert counted() == {}

    def test_login_retried_after_a_concurrent_login_is_counted_once(
        self, send_code, overtaken
    ):
        send_code("mia")

        assert counted() == {"login": 1}

    def test_connecting_an_account_is_not_counted(self, olga, send_code):
        send_code("mia", process="connect")

        assert counted() == {}


class TestConsents:
    """Each consent is counted once, and a first login if it made a user."""

    def test_consent_of_a_new_user_is_counted_with_a_first_login(self, authorize):
        authorize("mia")

        assert counted() == {"authorize": 1, "first_login": 1}

    def test_consent_of_a_logged_in_user_is_counted(self, send_code, authorize):
        send_code("mia")
        authorize("mia")

        assert counted() == {"first_login": 1, "authorize": 1}

    def test_consent_of_a_known_user_is_counted(self, mia, authorize):
        authorize("mia")

        assert counted() == {"authorize": 1}

    def test_consent_that_merges_two_users_is_counted(
        self, authorize, send_code, settings
    ):
        drama = {"client_id": DRAMA, "secret": "simulated-drama-secret"}
        game = {"client_id": GAME, "secret": "simulated-game-secret"}
        apps = [drama, game | {"provider_id": "game"}]
        settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}
        settings.TTMINIS_UNION_LINKING = "merge"
        authorize("mia", by=Client())
        authorize("mia", app=GAME)

        assert User.objects.count() == 1
        assert counted(GAME) == {"authorize": 1, "first_login": 1}


class TestRefusals:
    """Each refusal is counted once, with its app if that is one of ours."""

    def test_rejected_code_is_counted(self, send_code):
        send_code(code="made up")

        assert counted() == {"refusal code_rejected": 1}

    def test_rejected_code_at_authenticate_is_counted(self, db, tiktok):
        authenticate(None, ttminis_code="made up")

        assert counted() == {"refusal code_rejected": 1}

    def test_rejected_code_at_allauths_token_endpoint_is_counted(self, token_login):
        token_login("made up")

        assert counted() == {"refusal code_rejected": 1}

    def test_code_of_another_account_is_counted(self, olga, send_code):
        send_code("mia")

        assert counted() == {"refusal account_mismatch": 1}

    def test_inactive_user_at_allauths_token_endpoint_is_counted(
        self, mia, token_login
    ):
        User.objects.update(is_active=False)
        token_login()

        assert counted() == {"refusal user_inactive": 1}

    def test_web_login_without_a_profile_is_counted(self, person, tiktok):
        tiktok.order_fault("html_502", endpoint="user_info")
        person.log_in()

        assert counted(WEB) == {"refusal tiktok_unavailable": 1}

    def test_request_from_another_developer_s_page_is_counted(self, hosted_login):
        hosted_login(by=HostedPage(FOREIGN_ORIGIN))

        assert counted() == {"refusal origin_refused": 1}

    def test_unknown_client_key_at_authenticate_is_counted(self, db, tiktok):
        authenticate(None, ttminis_code="c", client_key="unknown")

        assert counted("") == {"refusal unknown_client_key": 1}

    def test_malformed_request_is_counted(self, client, code_url, tiktok):
        client.post(code_url, "{", content_type=JSON)

        assert counted("") == {"refusal invalid_request": 1}

    def test_all_unknown_client_keys_are_counted_together(self, send_code, monkeypatch):
        day = counts.today()  # midnight may come meanwhile
        monkeypatch.setattr(counts, "today", lambda: day)
        for number in range(30):
            send_code(client_key=f"mnmadeup{number:08}")

        assert counted("") == {"refusal unknown_client_key": 30}
        assert len(counts.unwritten.counts) == 1


class TestRemovals:
    """Each removal is counted once, at its commit."""

    @pytest.fixture
    def remove(self, mia, committed):
        identity = Identity.objects.get()

        def remove(*, at=None, reason=RemovalReason.USER_DISCONNECTED):
            with committed():
                at = at or timezone.now()
                return deauthorize.remove(identity, reason=reason, at=at)

        return remove

    def test_removal_is_counted_with_tiktoks_reason(self, remove):
        remove(reason=RemovalReason.BANNED)

        assert counted() == {"removal 4": 1}

    def test_removal_reported_twice_is_counted_once(self, remove):
        remove()
        remove()

        assert counted() == {"removal 1": 1}

    def test_removal_older_than_the_last_login_is_not_counted(self, remove):
        assert not remove(at=timezone.now() - timedelta(hours=1))

        assert counted() == {}

    def test_removal_is_not_counted_before_the_commit(self, mia):
        reason = RemovalReason.BANNED
        deauthorize.remove(Identity.objects.get(), reason=reason, at=timezone.now())

        assert counted() == {}


def test_a_login_writes_no_count(send_code):
    with CaptureQueriesContext(connection) as captured:
        send_code("mia")

    table = DailyCount._meta.db_table
    assert [query for query in captured if table in query["sql"]] == []


def test_counts_use_the_day_of_the_site_s_time_zone(settings):
    days = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):  # 25 hours apart
        settings.TIME_ZONE = zone
        days.add(counts.today())

    assert len(days) == 2
