"""What is counted, behind each face: every code once, and as what it was."""

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
from tests.endpoints.hosted.hosted_page import STRANGER, HostedPage
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
    """Return what waits in memory for an app: ``{"refusal login_again": 1}``."""
    found = Counter()
    for key, count in counts.unwritten.counts.items():
        if key.client_key == client_key:
            found[f"{key.what} {key.code}".strip()] += count
    return found


@pytest.fixture
def mia(send_code):
    """A known user; nothing is counted yet."""
    send_code("mia", by=Client())
    counts.unwritten.forget()
    return User.objects.get()


@pytest.fixture
def app_face(code_url, tiktok):
    """Send something to the app face, from the app's own page."""

    def post(by=None, **fields):
        body = {"code": tiktok.issue_code(DRAMA, "mia"), **fields}
        return (by or HostedPage()).post("/accounts/ttminis/app/code/", body, JSON)

    return post


class TestLogins:
    """Returning or first, entering a session or found in it."""

    def test_first(self, send_code):
        send_code("mia")

        assert counted() == {"first_login": 1}

    def test_returning(self, mia, send_code):
        send_code("mia")

        assert counted() == {"login": 1}

    def test_login_again_in_the_same_session_is_counted(self, mia, send_code):
        send_code("mia")
        send_code("mia")

        assert counted() == {"login": 2}

    def test_through_the_app_face(self, app_face):
        app_face()
        app_face()

        assert counted() == {"first_login": 1, "login": 1}

    def test_through_allauths_own_endpoint(self, token_login):
        token_login()
        token_login()

        assert counted() == {"first_login": 1, "login": 1}

    def test_through_authenticate(self, tiktok):
        for _ in range(2):
            authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))

        assert counted() == {"first_login": 1, "login": 1}

    def test_on_the_web(self, person):
        person.log_in()
        person.client.logout()
        person.log_in()

        assert counted(WEB) == {"first_login": 1, "login": 1}

    def test_switch_of_the_account_is_counted(self, mia, send_code, client):
        send_code("mia")
        send_code("noah")

        assert counted() == {"login": 1, "first_login": 1}

    def test_login_that_waits_for_a_second_factor_is_not_counted(self, mia, send_code):
        Authenticator.objects.create(user=mia, type="totp", data={"secret": "x"})

        send_code("mia")
        assert counted() == {}

    def test_completed_by_a_second_factor(self, mia, send_code, client, settings):
        # A code may be typed in one half minute and arrive in the next.
        settings.MFA_TOTP_TOLERANCE = 1
        TOTP.activate(mia, SECRET)

        send_code("mia")
        client.post("/accounts/2fa/authenticate/", {"code": totp_code()})
        assert counted() == {"login": 1}

    def test_completed_by_a_sign_up_form(self, send_code, client, settings):
        settings.SOCIALACCOUNT_AUTO_SIGNUP = False
        send_code("mia")
        assert counted() == {}

        client.post("/accounts/3rdparty/signup/", {"username": "mia", "email": ""})
        assert counted() == {"first_login": 1}

    def test_by_password_is_not_ours(self, olga):
        assert counted() == {}

    def test_login_that_a_parallel_one_overtook_is_counted(self, send_code, overtaken):
        send_code("mia")

        assert counted() == {"login": 1}

    def test_connecting_is_none(self, olga, send_code):
        send_code("mia", process="connect")

        assert counted() == {}


class TestConsents:
    """A consent, and the user that it may have made."""

    def test_consent_of_a_new_user_is_counted(self, authorize):
        authorize("mia")

        assert counted() == {"authorize": 1, "first_login": 1}

    def test_login_of_a_logged_in_user_is_counted(self, send_code, authorize):
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
    """Once, and with the app that they concern, if it is one of ours."""

    def test_bad_code(self, send_code):
        send_code(code="made up")

        assert counted() == {"refusal code_rejected": 1}

    def test_bad_code_at_authenticate(self, db, tiktok):
        authenticate(None, ttminis_code="made up")

        assert counted() == {"refusal code_rejected": 1}

    def test_bad_code_at_allauths_own_endpoint(self, token_login):
        token_login("made up")

        assert counted() == {"refusal code_rejected": 1}

    def test_code_of_another_user_is_counted(self, olga, send_code):
        send_code("mia")

        assert counted() == {"refusal account_mismatch": 1}

    def test_code_of_another_user_at_allauths_endpoint_is_counted(
        self, mia, token_login
    ):
        User.objects.update(is_active=False)
        token_login()

        assert counted() == {"refusal user_inactive": 1}

    def test_profile_that_tiktok_refuses_on_the_web(self, person, tiktok):
        tiktok.order_fault("html_502", endpoint="user_info")
        person.log_in()

        assert counted(WEB) == {"refusal tiktok_unavailable": 1}

    def test_another_developers_page(self, app_face):
        app_face(by=HostedPage(STRANGER))

        assert counted() == {"refusal origin_refused": 1}

    def test_unknown_app_at_authenticate(self, db, tiktok):
        authenticate(None, ttminis_code="c", client_key="nobody")

        assert counted("") == {"refusal unknown_client_key": 1}

    def test_malformed_request(self, client, code_url, tiktok):
        client.post(code_url, "{", content_type=JSON)

        assert counted("") == {"refusal invalid_request": 1}

    def test_flood_of_made_up_apps_is_one_number(self, send_code, monkeypatch):
        day = counts.today()  # whose midnight may come meanwhile
        monkeypatch.setattr(counts, "today", lambda: day)
        for number in range(30):
            send_code(client_key=f"mnmadeup{number:08}")

        assert counted("") == {"refusal unknown_client_key": 30}
        assert len(counts.unwritten.counts) == 1


class TestRemovals:
    """When a user is removed, and not when the webhook comes again."""

    @pytest.fixture
    def remove(self, mia, committed):
        identity = Identity.objects.get()

        def remove(*, at=None, reason=RemovalReason.USER_DISCONNECTED):
            with committed():
                at = at or timezone.now()
                return deauthorize.remove(identity, reason=reason, at=at)

        return remove

    def test_has_tiktoks_reason(self, remove):
        remove(reason=RemovalReason.BANNED)

        assert counted() == {"removal 4": 1}

    def test_removal_that_arrives_twice_counts_once(self, remove):
        remove()
        remove()

        assert counted() == {"removal 1": 1}

    def test_overtaken_by_a_login_is_none(self, remove):
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


def test_the_day_is_that_of_the_sites_time_zone(settings):
    days = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):  # 25 hours apart
        settings.TIME_ZONE = zone
        days.add(counts.today())

    assert len(days) == 2
