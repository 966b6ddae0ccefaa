"""The part of the world that knows people and apps."""

import threading

from django.conf import settings

from ttminis_auth.simulator import people
from ttminis_auth.simulator.people import App, Person
from ttminis_auth.simulator.rules import Rules
from ttminis_auth.simulator.webhooks import check_address

# Where webhooks of the built-in apps are sent, unless a test or page changes it.
WEBHOOK_SETTING = "TTMINIS_SIMULATOR_WEBHOOK_URL"


class Registry(Rules):
    """A handle or client key that is not registered raises KeyError."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def _restore_registry(self) -> None:
        self._apps = people.first_apps()
        self._people = people.first_people()
        self._signed_in: str | None = "mia"
        # Only what was set. All others go by the settings, which are not there yet
        # while this module is being imported.
        self._webhook_urls: dict[str, str | None] = {}

    @property
    def apps(self) -> list[App]:
        with self._lock:
            return list(self._apps.values())

    @property
    def people(self) -> list[Person]:
        with self._lock:
            return list(self._people.values())

    def app(self, client_key: str) -> App:
        with self._lock:
            return self._apps[client_key]

    def person(self, handle: str) -> Person:
        with self._lock:
            return self._people[handle]

    def add_app(
        self,
        client_key: str,
        client_secret: str,
        *,
        developer: str = "studio",
        name: str = "",
        webhook_url: str | None = None,
    ) -> None:
        """Register an app; union_ids are equal for all apps of one ``developer``."""
        app = App(
            client_key=client_key,
            client_secret=client_secret,
            name=name or client_key,
            developer=developer,
        )
        with self._lock:
            self._apps[client_key] = app
            self.set_webhook_url(client_key, webhook_url)

    def webhook_url(self, client_key: str) -> str | None:
        """Return the webhook address of an app, or None."""
        with self._lock:
            key = self._apps[client_key].client_key
            if key in self._webhook_urls:
                return self._webhook_urls[key]
        return getattr(settings, WEBHOOK_SETTING, None) or None

    def set_webhook_url(self, client_key: str, url: str | None) -> None:
        """Do what the portal does; raises ValueError for what is no web address."""
        checked = check_address(url) if url else None
        with self._lock:
            self._webhook_urls[self._apps[client_key].client_key] = checked

    def add_person(self, handle: str, display_name: str) -> None:
        with self._lock:
            self._people[handle] = Person(handle=handle, display_name=display_name)

    @property
    def signed_in(self) -> str | None:
        """The handle of who is signed in to TikTok on the one phone there is."""
        with self._lock:
            return self._signed_in

    def sign_in(self, handle: str | None) -> None:
        """Sign in another TikTok user, or none."""
        with self._lock:
            self._signed_in = None if handle is None else self._people[handle].handle

    def open_id(self, handle: str, client_key: str) -> str:
        person, app = self.person(handle), self.app(client_key)
        return people.open_id(person.handle, app.client_key)

    def union_id(self, handle: str, client_key: str) -> str:
        return people.union_id(
            self.person(handle).handle, self.app(client_key).developer
        )
