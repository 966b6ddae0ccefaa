"""What tests of a project do on TikTok and on their site, in one call each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.test import AsyncClient, Client, SimpleTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from ttminis_auth.simulator.world import world
from ttminis_auth.testing.server import SimulatorServer, failures, raise_failure

BASIC = ("user.info.open_id", "user.info.basic")


class TikTok:
    """The simulated TikTok, with what a visitor does there and on your site.

    All else that it can do is what :class:`~ttminis_auth.simulator.world.World` can:
    ``issue_code``, ``order_fault``, ``count``. ``app`` is the ``provider_id``, the name
    or the client key of an app of your settings or tables; None is the only one.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(world, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(world, name, value)

    def log_in(
        self, client: Client, handle: str = "mia", *, app: str | None = None
    ) -> User:
        """Log the client in silently; return the user, which a first login makes.

        Raises AssertionError with the site's answer where it refuses.
        """
        return self._enter(client, handle, app, world.issue_code, process="login")

    def consent(
        self,
        client: Client,
        handle: str = "mia",
        *,
        scopes: tuple[str, ...] = BASIC,
        app: str | None = None,
    ) -> User:
        """Share the profile, as by the dialog of ``authorize``; return the user."""

        def issue(client_key: str, handle: str) -> str:
            return world.issue_code(client_key, handle, scopes=scopes)

        return self._enter(client, handle, app, issue, process="authorize")

    def remove(self, handle: str = "mia", *, app: str | None = None) -> Any:
        """Remove the app in TikTok's settings; return what your webhook answers."""
        world.remove_app(handle, self.client_key(app))
        return self.post_webhook(
            "authorization.removed", handle, content={"reason": 1}, app=app
        )

    def post_webhook(
        self, event: str, handle: str = "mia", *, app: str | None = None, **details: Any
    ) -> Any:
        """Sign a webhook and post it to ``ttminis_webhook``; return the response."""
        body, headers = world.forge_webhook(
            self.client_key(app), event, handle=handle, **details
        )
        url = reverse("ttminis_webhook")
        return Client().post(
            url, body, content_type="application/json", headers=headers
        )

    def expire_access(self, user: User) -> None:
        """Expire the user's access tokens: the next ``access_token()`` asks anew."""
        grants = apps.get_model("ttminis_auth", "Grant")._default_manager
        theirs = grants.filter(identity__account__user=user.pk)
        found = set(theirs.values_list("identity__client_key", "identity__open_id"))
        for person in world.people:
            for client_key in {key for key, _ in found}:
                if (client_key, world.open_id(person.handle, client_key)) in found:
                    world.expire_access_tokens(person.handle, client_key)
        theirs.update(access_expires_at=timezone.now())

    def client_key(self, app: str | None = None) -> str:
        """Return the client key of your app, and make it known to TikTok."""
        anywhere: Any = None
        found = [
            each
            for each in get_adapter().list_apps(anywhere, provider="ttminis")
            if app in (None, each.provider_id, each.name, each.client_id)
        ]
        if len({each.client_id for each in found}) != 1:
            names = [each.provider_id or each.client_id for each in found]
            raise LookupError(f"app={app!r} is not one app of the project: {names}")
        mine = found[0]
        if mine.client_id not in {each.client_key for each in world.apps}:
            world.add_app(mine.client_id, mine.secret, name=mine.name)
        return str(mine.client_id)

    def _enter(
        self,
        client: Any,
        handle: str,
        app: str | None,
        issue: Callable[[str, str], str],
        *,
        process: str,
    ) -> User:
        if isinstance(client, AsyncClient):
            raise TypeError(
                "Log in a Client, then set async_client.cookies = client.cookies."
            )
        client_key = self.client_key(app)
        body = {
            "code": issue(client_key, handle),
            "client_key": client_key,
            "process": process,
        }
        url = reverse("ttminis_login_by_code")
        response = client.post(url, body, content_type="application/json")
        if response.status_code != 200:
            answer = response.headers.get("Location") or response.content.decode()
            raise AssertionError(f"{response.status_code}: {answer}")
        identity = apps.get_model("ttminis_auth", "Identity")._default_manager.get(
            client_key=client_key, open_id=world.open_id(handle, client_key)
        )
        user: User = identity.account.user
        return user


def settings_for(server: SimulatorServer) -> dict[str, object]:
    """Return the settings that lead to a running simulator."""
    return {
        "TTMINIS_SIMULATOR_OPEN": True,
        "TTMINIS_API_BASE_URL": server.url,
        "TTMINIS_AUTHORIZE_URL": f"{server.url}/v2/auth/authorize/",
        "TTMINIS_SIMULATOR_WEBHOOK_URL": None,
    }


def begin() -> None:
    """Start with a TikTok that has only its built-in apps and users."""
    world.reset()
    failures.clear()


def end() -> None:
    """Let nothing of this test arrive in the next; raise what the simulator met."""
    world.wait_for_webhooks()
    world.reset()
    raise_failure()


class TikTokMixin(SimpleTestCase):
    """For Django's test cases: ``self.tiktok``, fresh for each test.

    Name it before ``TestCase``, ``TransactionTestCase`` or ``LiveServerTestCase``.
    ``setUpTestData()`` may log in as well; its tokens are unknown in the tests.
    """

    tiktok = TikTok()
    tiktok_server: SimulatorServer

    @classmethod
    def setUpClass(cls) -> None:
        # Before Django calls setUpTestData(), and not in setUp(), which a test case may
        # replace: a login would send the project's secret to TikTok.
        cls.tiktok_server = cls.enterClassContext(SimulatorServer())
        cls.enterClassContext(override_settings(**settings_for(cls.tiktok_server)))
        begin()
        cls.addClassCleanup(end)
        super().setUpClass()

    def setUp(self) -> None:
        super().setUp()
        # What the simulator met in setUpTestData(), which begin() would forget.
        raise_failure()
        begin()
        self.addCleanup(end)
