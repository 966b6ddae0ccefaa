"""Run the steps of users and operators in any order, and compare with the model."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import product
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client, override_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.databases import atomic, roll_back
from tests.fixtures import DRAMA, GAME
from tests.properties.checks import CLIENT_KEYS, Checked
from tests.properties.model import BASIC, BROAD, LOCAL, NARROW, Answer, AppUser, Model
from tests.web.conftest import WEB, Person
from ttminis_auth.core import session_hash
from ttminis_auth.errors import TokenRefused
from ttminis_auth.profile import user_info
from ttminis_auth.simulator.world import world

CODE_URL = "/accounts/ttminis/login/code/"
PASSWORD = "a long password"
PROVIDER_SETTINGS = {
    "ttminis": {
        "APPS": [
            {
                "client_id": DRAMA,
                "secret": "simulated-drama-secret",
                "provider_id": "drama",
            },
            {
                "client_id": GAME,
                "secret": "simulated-game-secret",
                "provider_id": "game",
            },
        ]
    },
    "tiktok": {
        "provider_class": "ttminis_auth.web.provider.TikTokWebProvider",
        "APPS": [{"client_id": WEB, "secret": "simulated-web-secret"}],
    },
}

HANDLES = ("mia", "noah", "aiko")
MINIS = tuple(product(HANDLES, ("drama", "game")))


def any_app_user(machine: LoginMachine) -> st.SearchStrategy[AppUser]:
    """Choose a user of a mini app, mostly a logged in one, to reach more states."""
    users = [session.user for session in machine.model.sessions.values()]
    active = [
        app_user for app_user in MINIS if machine.model.owners.get(app_user, 0) in users
    ]
    return st.sampled_from(MINIS) | st.sampled_from(active or MINIS)


BROWSERS = st.sampled_from(["phone", "laptop"])
LOGGED_IN = st.runner().flatmap(
    lambda machine: st.sampled_from(machine.model.logged_in())
)
ANY_APP_USER = st.runner().flatmap(any_app_user)
KNOWN_APP_USER = st.runner().flatmap(
    lambda machine: st.sampled_from(sorted(machine.model.owners))
)
CONSENTS = st.sampled_from([BASIC, BASIC, BROAD, NARROW])
CHANGING = [
    model
    for model in apps.get_models()
    if model._meta.label not in ("auth.Group", "auth.Permission")
]


def has_app_users(machine: LoginMachine) -> bool:
    return bool(machine.model.owners)


def has_logged_in_browsers(machine: LoginMachine) -> bool:
    return bool(machine.model.logged_in())


class LoginMachine(Checked):
    """Three people, two mini apps and a web site, two browsers.

    Needs a served simulator that the settings point at, and a database.
    """

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(atomic())
        self.undo.callback(roll_back)
        world.reset()
        cache.clear()

    def teardown(self) -> None:
        self.undo.close()

    @initialize(linking=st.sampled_from(["off", "report", "merge", "merge"]))
    def begin(self, linking: str) -> None:
        overridden = override_settings(
            ACCOUNT_RATE_LIMITS=False,  # the machine sets many passwords
            SOCIALACCOUNT_PROVIDERS=PROVIDER_SETTINGS,
            TTMINIS_UNION_LINKING=linking,
        )
        self.undo.enter_context(overridden)
        self.clients = {"phone": Client(), "laptop": Client()}
        self.model = Model(linking, tuple(self.clients))
        local = get_user_model().objects.create_user(LOCAL, password=PASSWORD)
        self.model.local.pk = local.pk

    # --- steps

    @rule(browser=BROWSERS, app_user=ANY_APP_USER)
    def log_in_silently(self, browser: str, app_user: AppUser) -> None:
        self.try_code(browser, app_user, "login")

    @rule(browser=BROWSERS, app_user=ANY_APP_USER)
    def connect(self, browser: str, app_user: AppUser) -> None:
        self.try_code(browser, app_user, "connect")

    @rule(browser=BROWSERS, app_user=ANY_APP_USER)
    def switch(self, browser: str, app_user: AppUser) -> None:
        self.try_code(browser, app_user, "switch")

    @rule(browser=BROWSERS, app_user=ANY_APP_USER, scopes=CONSENTS)
    def authorize(self, browser: str, app_user: AppUser, scopes: Any) -> None:
        self.consent(browser, app_user, scopes, with_profile=True)

    @rule(browser=BROWSERS, app_user=ANY_APP_USER)
    def authorize_while_user_info_fails(self, browser: str, app_user: AppUser) -> None:
        """The grant is stored, and the profile comes later."""
        world.order_fault("server_error", endpoint="user_info")
        self.consent(browser, app_user, BASIC, with_profile=False)
        world.clear_faults()

    @rule(browser=BROWSERS, person=st.sampled_from(HANDLES), more=st.booleans())
    def log_in_on_the_web(self, browser: str, person: str, more: bool) -> None:
        self.use_the_web_login(browser, person, "login", more=more)

    @precondition(has_logged_in_browsers)
    @rule(browser=LOGGED_IN, person=st.sampled_from(HANDLES))
    def connect_on_the_web(self, browser: str, person: str) -> None:
        self.use_the_web_login(browser, person, "connect", more=False)

    @rule(browser=BROWSERS)
    def log_in_by_password(self, browser: str) -> None:
        form = {"login": LOCAL, "password": PASSWORD}
        self.post(browser, "/accounts/login/", form)
        self.model.log_in_by_password(browser)

    @precondition(has_logged_in_browsers)
    @rule(browser=LOGGED_IN)
    def set_a_password(self, browser: str) -> None:
        form = {"password1": PASSWORD, "password2": PASSWORD}
        self.post(browser, "/accounts/password/set/", form)
        self.model.set_password(browser)

    @precondition(has_logged_in_browsers)
    @rule(browser=LOGGED_IN)
    def log_out(self, browser: str) -> None:
        self.post(browser, "/accounts/logout/", {})
        self.model.log_out(browser)

    @precondition(has_logged_in_browsers)
    @precondition(has_app_users)
    @rule(browser=LOGGED_IN, app_user=KNOWN_APP_USER)
    def unlink(self, browser: str, app_user: AppUser) -> None:
        """Also tries accounts of other users."""
        account = self.identity(app_user).account_id
        self.post(browser, "/accounts/3rdparty/", {"account": account})
        self.model.unlink(browser, app_user)

    @precondition(has_app_users)
    @rule(app_user=KNOWN_APP_USER, to=KNOWN_APP_USER | st.just(LOCAL))
    def link_to_user(self, app_user: AppUser, to: AppUser | str) -> None:
        """Link an account to another user, as an operator does in the admin."""
        new = self.model.local if to == LOCAL else self.model.owners[to]
        session_hash.end(self.identity(app_user).account.user)
        account = SocialAccount.objects.filter(ttminis_identity=self.identity(app_user))
        account.update(user=new.pk)
        self.model.link_to_user(app_user, new)

    @precondition(has_app_users)
    @rule(app_user=KNOWN_APP_USER)
    def remove_the_app(self, app_user: AppUser) -> None:
        """Remove the app in TikTok's settings, as a TikTok user does."""
        world.remove_app(app_user[0], CLIENT_KEYS[app_user[1]])
        self.model.remove_app(app_user)

    @precondition(has_app_users)
    @rule(app_user=KNOWN_APP_USER)
    def fetch_the_profile_again(self, app_user: AppUser) -> None:
        try:
            fetched = user_info.fetch(self.identity(app_user))
        except TokenRefused:
            assert self.model.known[app_user].removed
            return
        assert fetched >= self.model.may_read_profile(app_user)
        if fetched:
            self.model.refetch(app_user)

    # --- helpers

    def try_code(self, browser: str, app_user: AppUser, process: str) -> None:
        expected = self.model.log_in(browser, app_user, process)
        self.send_code(browser, app_user, process, NARROW, expected)

    def consent(
        self, browser: str, app_user: AppUser, scopes: Any, *, with_profile: bool
    ) -> None:
        expected = self.model.authorize(
            browser, app_user, scopes, with_profile=with_profile
        )
        response = self.send_code(browser, app_user, "authorize", scopes, expected)
        if response.status_code == 200:
            pending = response.json()["data"]["ttminis"]["profile_pending"]
            assert pending is not with_profile

    def use_the_web_login(
        self, browser: str, person: str, process: str, *, more: bool
    ) -> None:
        """``more`` is whether the visitor leaves all boxes of the consent ticked."""
        world.sign_in(person)
        scopes = BROAD[:1] + BROAD[2:] if more else BASIC[:1]
        web = Person(self.clients[browser])
        back = web.decide(web.start(process=process), scopes=scopes)
        assert self.clients[browser].get(back).status_code == 302
        self.model.log_in_on_the_web(browser, (person, "web"), process, scopes)

    def send_code(
        self,
        browser: str,
        app_user: AppUser,
        process: str,
        scopes: Any,
        expected: Answer,
    ) -> Any:
        code = world.issue_code(CLIENT_KEYS[app_user[1]], app_user[0], scopes=scopes)
        body = {
            "code": code,
            "process": process,
            "client_key": CLIENT_KEYS[app_user[1]],
        }
        before = everything()
        response = self.clients[browser].post(CODE_URL, body, "application/json")
        assert response.status_code in (200, 401, 403, 409)
        assert response.status_code == expected.status, response.json()
        if expected.status == 200:
            self.check_answer(response.json()["data"], browser, scopes, expected)
        else:
            assert response.json()["errors"][0]["code"] == expected.code
            assert everything() == before, "a refusal changed a row"
        return response

    def check_answer(
        self, data: Any, browser: str, scopes: Any, expected: Answer
    ) -> None:
        assert data["user"]["id"] == self.user_pk(browser)
        assert data["ttminis"]["created"] == expected.created
        assert data["ttminis"]["scopes"] == list(scopes)

    def post(self, browser: str, path: str, form: dict[str, Any]) -> None:
        assert self.clients[browser].post(path, form).status_code in (200, 302)


def everything() -> list[Any]:
    """Return every row that a request could change."""
    return [list(model._base_manager.order_by("pk").values()) for model in CHANGING]
