"""All that the simulated TikTok knows, in memory, behind one lock."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ttminis_auth.simulator import people
from ttminis_auth.simulator.effects import Fault
from ttminis_auth.simulator.faults import check_fault
from ttminis_auth.simulator.people import App, Person
from ttminis_auth.simulator.records import RecordedRequest, mask
from ttminis_auth.simulator.vault import (
    OPEN_ID_SCOPE,
    Binding,
    Right,
    TokenPair,
    Vault,
    expire,
)

REMEMBERED_REQUESTS = 10_000


class World:
    """People, apps, codes, tokens, faults and what arrived; safe to share by threads.

    A handle or client key that nobody registered raises KeyError.
    """

    clock: Callable[[], float]
    """The world's time, in seconds; replace it to let codes and tokens age."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._released = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Return to the three apps, three people and nothing else of the beginning."""
        with self._lock:
            self.clock = time.time
            self._apps = people.first_apps()
            self._people = people.first_people()
            self._signed_in: str | None = "mia"
            self._vault = Vault()
            self._faults: list[Fault] = []
            self._requests = deque[RecordedRequest](maxlen=REMEMBERED_REQUESTS)
        self.release()

    # --- people and apps

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

    def add_person(self, handle: str, display_name: str) -> None:
        with self._lock:
            self._people[handle] = Person(handle=handle, display_name=display_name)

    @property
    def signed_in(self) -> str | None:
        """The handle of who is signed in to TikTok on the one phone there is."""
        with self._lock:
            return self._signed_in

    def sign_in(self, handle: str | None) -> None:
        """Let somebody else use the phone, or nobody."""
        with self._lock:
            self._signed_in = None if handle is None else self._people[handle].handle

    def open_id(self, handle: str, client_key: str) -> str:
        person, app = self.person(handle), self.app(client_key)
        return people.open_id(person.handle, app.client_key)

    def union_id(self, handle: str, client_key: str) -> str:
        return people.union_id(
            self.person(handle).handle, self.app(client_key).developer
        )

    # --- codes and tokens

    def issue_code(
        self,
        client_key: str,
        handle: str | None = None,
        *,
        scopes: Iterable[str] = (OPEN_ID_SCOPE,),
        redirect_uri: str | None = None,
        code_challenge: str | None = None,
    ) -> str:
        """Issue a code for ``handle``, or for who is signed in (KeyError if nobody).

        One with a ``redirect_uri`` is a code of the web: its exchange has to repeat
        the address, and to prove the ``code_challenge`` if there is one.
        """
        binding = redirect_uri and Binding(
            redirect_uri=redirect_uri, code_challenge=code_challenge
        )
        with self._lock:
            if handle is None and (handle := self._signed_in) is None:
                raise KeyError("nobody is signed in to TikTok")
            right = Right(
                client_key=self._apps[client_key].client_key,
                handle=self._people[handle].handle,
                scopes=tuple(scopes),
                expires_at=0,
                binding=binding or None,
            )
            return self._vault.issue_code(right, self.clock())

    def is_web_code(self, code: str) -> bool:
        """Tell whether an unspent code is bound to a ``redirect_uri``."""
        with self._lock:
            right = self._vault.codes.get(code)
            return right is not None and right.binding is not None

    def redeem_code(
        self,
        code: str,
        client_key: str,
        *,
        redirect_uri: str | None = None,
        code_verifier: str | None = None,
    ) -> TokenPair | None:
        """Spend a code: of any number of callers at once, one gets tokens."""
        with self._lock:
            return self._vault.redeem_code(
                code,
                client_key,
                self.clock(),
                redirect_uri=redirect_uri,
                code_verifier=code_verifier,
            )

    def rotate(self, refresh_token: str, client_key: str) -> TokenPair | None:
        """Swap a refresh token for new tokens: of any number of callers, one can."""
        with self._lock:
            return self._vault.rotate(refresh_token, client_key, self.clock())

    def bearer(self, access_token: str) -> Right | None:
        """Return what a living access token allows."""
        with self._lock:
            return self._vault.bearer(access_token, self.clock())

    def remove_app(self, handle: str, client_key: str) -> None:
        """Do what a person does in TikTok's settings: all tokens of the app die."""
        with self._lock:
            self._vault.disconnect(handle, client_key)

    @property
    def connected(self) -> set[tuple[str, str]]:
        """Each handle and client key between which a token is alive."""
        with self._lock:
            return set(self._vault.connected(self.clock()))

    def expire_access_tokens(self) -> None:
        with self._lock:
            expire(self._vault.access, self.clock())

    def expire_codes(self) -> None:
        with self._lock:
            expire(self._vault.codes, self.clock())

    # --- faults

    def order_fault(
        self, kind: str, *, endpoint: str = "token", times: int = 1, **options: Any
    ) -> None:
        """Let the next ``times`` requests to ``endpoint`` go wrong.

        Kinds, where each can happen and which options it takes: ``faults.KINDS``.
        Raises ValueError for what is not there. Faults happen in the order in which
        they were ordered.
        """
        fault = Fault(kind=kind, endpoint=endpoint, times=times, options=options)
        check_fault(fault)
        with self._lock:
            self._faults.append(fault)

    @property
    def faults(self) -> list[Fault]:
        """The faults still to come."""
        with self._lock:
            return list(self._faults)

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    def take_fault(self, endpoint: str) -> Fault | None:
        """Return the fault that the request now arriving shall meet."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.endpoint == endpoint:
                    left = replace(fault, times=fault.times - 1)
                    self._faults[index : index + 1] = [left] if left.times else []
                    return fault
        return None

    @property
    def released(self) -> threading.Event:
        """Set by the next :meth:`release`; wait for it to hold an answer back."""
        with self._lock:
            return self._released

    def release(self) -> None:
        """Let every answer that is being held back go now."""
        with self._lock:
            held, self._released = self._released, threading.Event()
        held.set()

    # --- what arrived

    @property
    def requests(self) -> list[RecordedRequest]:
        """Each request that arrived, oldest first, with its secrets masked."""
        with self._lock:
            return list(self._requests)

    def record(self, request: RecordedRequest) -> None:
        with self._lock:
            self._requests.append(replace(request, fields=mask(request.fields)))

    def clear_requests(self) -> None:
        with self._lock:
            self._requests.clear()


world = World()
