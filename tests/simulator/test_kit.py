"""The kit for the suites of projects, by tests that a newcomer would write."""

from __future__ import annotations

import pytest
import requests
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client, TestCase, override_settings

from tests.databases import PEOPLE
from tests.fixtures import GAME
from ttminis_auth.models import Identity
from ttminis_auth.signals import webhook_received
from ttminis_auth.testing.kit import TikTokMixin
from ttminis_auth.testing.server import SimulatorFailed
from ttminis_auth.tokens import access_token

SESSION = "/_allauth/browser/v1/auth/session"


@pytest.fixture
def own_apps(settings, db):
    """Apps of the project's own, which the simulator has never heard of."""
    settings.ALLOWED_HOSTS = ["testserver"]  # what Django's runner makes of []
    apps = [
        {"client_id": f"mnown{n}", "secret": f"own-{n}", "provider_id": n, "name": n}
        for n in ("opera", "chess")
    ]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}


def test_visitor_is_logged_in_as_the_same_user(client, db, tiktok):
    user = tiktok.log_in(client, "mia")

    assert tiktok.log_in(Client(), "mia") == user != tiktok.log_in(Client(), "noah")
    assert client.get(SESSION).json()["data"]["user"]["id"] == user.pk


def test_consent_shares_the_name(client, db, tiktok):
    tiktok.log_in(client, "noah")

    assert tiktok.consent(client, "noah").first_name == "Noah"


def test_removal_logs_the_visitor_out(client, db, tiktok):
    tiktok.log_in(client, "mia")

    assert tiktok.remove("mia").status_code == 200
    assert client.get(SESSION).status_code == 401
    assert Identity.objects.get().state == Identity.State.REMOVED


def test_expired_access_token_is_refreshed_at_its_use(client, db, tiktok):
    noah = tiktok.log_in(Client(), "noah")
    mia = tiktok.log_in(client, "mia")
    tokens = access_token(mia), access_token(noah)

    tiktok.expire_access(mia)

    assert access_token(mia) != tokens[0]
    assert access_token(noah) == tokens[1]
    assert tiktok.count("token", grant_type="refresh_token", status=200) == 1


def test_refused_login_shows_the_answer_of_the_site(client, db, tiktok):
    tiktok.order_fault("error", error="invalid_grant")

    with pytest.raises(AssertionError, match="code_rejected"):
        tiktok.log_in(client)


def test_login_that_is_redirected_shows_where_to(client, db, tiktok, settings):
    settings.SECURE_SSL_REDIRECT = True

    with pytest.raises(AssertionError, match="301: https://testserver/"):
        tiktok.log_in(client)


def test_asynchronous_client_is_to_take_the_cookies_of_another(db, tiktok):
    with pytest.raises(TypeError, match=r"async_client\.cookies = client\.cookies"):
        tiktok.log_in(AsyncClient())


def test_asynchronous_client_with_the_cookies_is_logged_in(client, db, tiktok):
    tiktok.log_in(client)
    async_client = AsyncClient()
    async_client.cookies = client.cookies

    assert async_to_sync(async_client.get)(SESSION).status_code == 200


def test_misspelt_fault_lists_those_there_are(tiktok):
    with pytest.raises(ValueError, match=r"time_out.*one of timeout, slow, html_502"):
        tiktok.order_fault("time_out")


def test_webhook_reaches_the_receiver(db, tiktok):
    heard = []

    def note(event, **kwargs):
        heard.append((event.event, event.content))

    webhook_received.connect(note)
    answer = tiktok.post_webhook("minis.order", content={"order": 7})
    webhook_received.disconnect(note)

    assert answer.status_code == 200
    assert heard == [("minis.order", {"order": 7})]


@pytest.mark.usefixtures("own_apps")
def test_project_s_own_apps_need_no_keys_of_the_simulator(client, tiktok):
    user = tiktok.log_in(client, "mia", app="opera")

    assert tiktok.log_in(Client(), "mia", app="mnownchess") != user
    assert tiktok.remove("mia", app="opera").status_code == 200
    assert Identity.objects.get(client_key="mnownchess").state == "active"


@pytest.mark.usefixtures("own_apps")
@pytest.mark.parametrize("app", [None, "ballet", GAME])
def test_app_that_is_not_one_of_the_project_s_is_named(client, tiktok, app):
    with pytest.raises(LookupError, match="is not one app"):
        tiktok.log_in(client, app=app)


class WithoutPytest(TikTokMixin, TestCase):
    databases = {PEOPLE}

    def test_visitor_is_logged_in(self):
        self.tiktok.log_in(self.client, "mia")

        assert self.client.get(SESSION).status_code == 200

    def test_each_test_has_a_fresh_tiktok(self):
        assert self.tiktok.requests == []
        self.tiktok.log_in(self.client, "noah")


class WithUsersOfTheClass(TikTokMixin, TestCase):
    databases = {PEOPLE}

    @classmethod
    def setUpTestData(cls):
        cls.mia = cls.tiktok.log_in(Client(), "mia")

    def test_user_of_the_class_logs_in_again(self):
        assert self.tiktok.log_in(self.client, "mia") == self.mia


class WithASimulatorThatFailsBeforeTheTests(TikTokMixin, TestCase):
    databases = {PEOPLE}

    @classmethod
    def setUpTestData(cls):
        with override_settings(TEMPLATES=[]):
            requests.get(cls.tiktok_server.url, timeout=30)

    def setUp(self):
        with pytest.raises(SimulatorFailed, match="TemplateDoesNotExist"):
            super().setUp()

    def test_next_login_is_good_again(self):
        self.tiktok.log_in(self.client, "mia")


class WithSetUpOfItsOwn(TikTokMixin, TestCase):
    databases = {PEOPLE}

    def setUp(self):
        """Forget the mixin's setUp()."""

    def test_visitor_is_logged_in_at_the_simulator(self):
        self.tiktok.log_in(self.client, "mia")

        assert self.tiktok.count("token", status=200) == 1
