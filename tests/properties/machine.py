"""Everything that people do, in any order, held against the model after each step."""

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
from tests.properties.model import BASIC, BROAD, LOCAL, NARROW, Answer, Model, Seen
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

PEOPLE = ("mia", "noah", "aiko")
MINIS = tuple(product(PEOPLE, ("drama", "game")))


def accounts(machine: People) -> st.SearchStrategy[Seen]:
    """Any account in a mini app; mostly logged-in ones, or little would happen."""
    users = [session.user for session in machine.model.sessions.values()]
    there = [seen for seen in MINIS if machine.model.owners.get(seen, 0) in users]
    return st.sampled_from(MINIS) | st.sampled_from(there or MINIS)


BROWSERS = st.sampled_from(["phone", "laptop"])
LOGGED_IN = st.runner().flatmap(lambda it: st.sampled_from(it.model.logged_in()))
ANY_ACCOUNT = st.runner().flatmap(accounts)
KNOWN_ACCOUNT = st.runner().flatmap(lambda it: st.sampled_from(sorted(it.model.owners)))
CONSENTS = st.sampled_from([BASIC, BASIC, BROAD, NARROW])
CHANGING = [
    model
    for model in apps.get_models()
    if model._meta.label not in ("auth.Group", "auth.Permission")
]


def there_is_somebody(machine: People) -> bool:
    return bool(machine.model.owners)


def somebody_is_logged_in(machine: People) -> bool:
    return bool(machine.model.logged_in())


class People(Checked):
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
            ACCOUNT_RATE_LIMITS=False,  # for those who set passwords all day
            SOCIALACCOUNT_PROVIDERS=PROVIDER_SETTINGS,
            TTMINIS_UNION_LINKING=linking,
        )
        self.undo.enter_context(overridden)
        self.clients = {"phone": Client(), "laptop": Client()}
        self.model = Model(linking, tuple(self.clients))
        local = get_user_model().objects.create_user(LOCAL, password=PASSWORD)
        self.model.local.pk = local.pk

    # --- what people do

    @rule(browser=BROWSERS, seen=ANY_ACCOUNT)
    def log_in_silently(self, browser: str, seen: Seen) -> None:
        self.try_code(browser, seen, "login")

    @rule(browser=BROWSERS, seen=ANY_ACCOUNT)
    def connect(self, browser: str, seen: Seen) -> None:
        self.try_code(browser, seen, "connect")

    @rule(browser=BROWSERS, seen=ANY_ACCOUNT)
    def switch(self, browser: str, seen: Seen) -> None:
        self.try_code(browser, seen, "switch")

    @rule(browser=BROWSERS, seen=ANY_ACCOUNT, scopes=CONSENTS)
    def authorize(self, browser: str, seen: Seen, scopes: Any) -> None:
        self.consent(browser, seen, scopes, with_profile=True)

    @rule(browser=BROWSERS, seen=ANY_ACCOUNT)
    def authorize_while_tiktok_stumbles(self, browser: str, seen: Seen) -> None:
        """The grant is kept, and the profile comes later."""
        world.order_fault("server_error", endpoint="user_info")
        self.consent(browser, seen, BASIC, with_profile=False)
        world.clear_faults()

    @rule(browser=BROWSERS, person=st.sampled_from(PEOPLE), more=st.booleans())
    def log_in_on_the_web(self, browser: str, person: str, more: bool) -> None:
        self.take_the_web(browser, person, "login", more=more)

    @precondition(somebody_is_logged_in)
    @rule(browser=LOGGED_IN, person=st.sampled_from(PEOPLE))
    def connect_on_the_web(self, browser: str, person: str) -> None:
        self.take_the_web(browser, person, "connect", more=False)

    @rule(browser=BROWSERS)
    def log_in_by_password(self, browser: str) -> None:
        form = {"login": LOCAL, "password": PASSWORD}
        self.post(browser, "/accounts/login/", form)
        self.model.log_in_by_password(browser)

    @precondition(somebody_is_logged_in)
    @rule(browser=LOGGED_IN)
    def set_a_password(self, browser: str) -> None:
        form = {"password1": PASSWORD, "password2": PASSWORD}
        self.post(browser, "/accounts/password/set/", form)
        self.model.set_password(browser)

    @precondition(somebody_is_logged_in)
    @rule(browser=LOGGED_IN)
    def log_out(self, browser: str) -> None:
        self.post(browser, "/accounts/logout/", {})
        self.model.log_out(browser)

    @precondition(somebody_is_logged_in)
    @precondition(there_is_somebody)
    @rule(browser=LOGGED_IN, seen=KNOWN_ACCOUNT)
    def unlink(self, browser: str, seen: Seen) -> None:
        """Also tried with other people's accounts."""
        account = self.identity(seen).account_id
        self.post(browser, "/accounts/3rdparty/", {"account": account})
        self.model.unlink(browser, seen)

    @precondition(there_is_somebody)
    @rule(seen=KNOWN_ACCOUNT, to=KNOWN_ACCOUNT | st.just(LOCAL))
    def hand_over(self, seen: Seen, to: Seen | str) -> None:
        """What an operator does in admin."""
        new = self.model.local if to == LOCAL else self.model.owners[to]
        session_hash.end(self.identity(seen).account.user)
        account = SocialAccount.objects.filter(ttminis_identity=self.identity(seen))
        account.update(user=new.pk)
        self.model.hand_over(seen, new)

    @precondition(there_is_somebody)
    @rule(seen=KNOWN_ACCOUNT)
    def remove_the_app(self, seen: Seen) -> None:
        """What people do in TikTok's settings."""
        world.remove_app(seen[0], CLIENT_KEYS[seen[1]])
        self.model.remove_app(seen)

    @precondition(there_is_somebody)
    @rule(seen=KNOWN_ACCOUNT)
    def fetch_the_profile_again(self, seen: Seen) -> None:
        try:
            fetched = user_info.fetch(self.identity(seen))
        except TokenRefused:
            assert self.model.known[seen].removed
            return
        assert fetched >= self.model.may_read_profile(seen)
        if fetched:
            self.model.refetch(seen)

    # --- how they do it

    def try_code(self, browser: str, seen: Seen, process: str) -> None:
        expected = self.model.log_in(browser, seen, process)
        self.send_code(browser, seen, process, NARROW, expected)

    def consent(
        self, browser: str, seen: Seen, scopes: Any, *, with_profile: bool
    ) -> None:
        expected = self.model.authorize(
            browser, seen, scopes, with_profile=with_profile
        )
        response = self.send_code(browser, seen, "authorize", scopes, expected)
        if response.status_code == 200:
            pending = response.json()["data"]["ttminis"]["profile_pending"]
            assert pending is not with_profile

    def take_the_web(
        self, browser: str, person: str, process: str, *, more: bool
    ) -> None:
        """``more`` is whether they leave all the boxes ticked."""
        world.sign_in(person)
        scopes = BROAD[:1] + BROAD[2:] if more else BASIC[:1]
        web = Person(self.clients[browser])
        back = web.decide(web.start(process=process), scopes=scopes)
        assert self.clients[browser].get(back).status_code == 302
        self.model.log_in_on_the_web(browser, (person, "web"), process, scopes)

    def send_code(
        self, browser: str, seen: Seen, process: str, scopes: Any, expected: Answer
    ) -> Any:
        code = world.issue_code(CLIENT_KEYS[seen[1]], seen[0], scopes=scopes)
        body = {"code": code, "process": process, "client_key": CLIENT_KEYS[seen[1]]}
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
