"""All that the simulated TikTok knows, in memory, behind one lock."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ttminis_auth.simulator import webhooks
from ttminis_auth.simulator.effects import Fault
from ttminis_auth.simulator.faults import check_fault
from ttminis_auth.simulator.messenger import Messenger
from ttminis_auth.simulator.records import HARMLESS, RecordedRequest, mask
from ttminis_auth.simulator.vault import (
    OPEN_ID_SCOPE,
    Binding,
    Right,
    TokenPair,
    Vault,
)
from ttminis_auth.simulator.webhooks import Delivery

REMEMBERED_REQUESTS = 50_000


class World(Messenger):
    """People, apps, codes, tokens, faults and what arrived; safe to share by threads.

    A handle or client key that nobody registered raises KeyError.
    """

    def __init__(self) -> None:
        super().__init__()
        self._released = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Return to the three apps, three people and nothing else of the beginning."""
        with self._lock:
            self._restore_rules()
            self._restore_registry()
            self._restore_messenger()
            self._vault = Vault(self)
            self._faults: list[Fault] = []
            self._requests = deque[RecordedRequest](maxlen=REMEMBERED_REQUESTS)
        self.release()

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
            right = self._right(client_key, handle, scopes)
            return self._vault.issue_code(replace(right, binding=binding or None))

    def issue_tokens(
        self,
        client_key: str,
        handle: str | None = None,
        *,
        scopes: Iterable[str] = (OPEN_ID_SCOPE,),
    ) -> dict[str, Any]:
        """Return what an exchange would be answered, without a request or a code."""
        with self._lock:
            right = self._right(client_key, handle, scopes)
            return self._vault.issue_pair(right).answer()

    def _right(
        self, client_key: str, handle: str | None, scopes: Iterable[str]
    ) -> Right:
        if handle is None and (handle := self._signed_in) is None:
            raise KeyError("nobody is signed in to TikTok")
        return Right(
            client_key=self._apps[client_key].client_key,
            handle=self._people[handle].handle,
            scopes=tuple(scopes),
            expires_at=0,
        )

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
                redirect_uri=redirect_uri,
                code_verifier=code_verifier,
            )

    def rotate(self, refresh_token: str, client_key: str) -> TokenPair | None:
        """Swap a refresh token for new tokens: of any number of callers, one can."""
        with self._lock:
            return self._vault.rotate(refresh_token, client_key)

    def refreshes(self, handle: str, client_key: str) -> int:
        """Return how often the tokens of one person in one app were refreshed."""
        with self._lock:
            return self._vault.refreshes[handle, client_key]

    def reuses(self, handle: str, client_key: str) -> int:
        """Return how often a refresh token came that had been used before."""
        with self._lock:
            return self._vault.reuses[handle, client_key]

    def bearer(self, access_token: str) -> Right | None:
        """Return what a living access token allows."""
        with self._lock:
            return self._vault.bearer(access_token)

    @property
    def connected(self) -> set[tuple[str, str]]:
        """Each handle and client key between which a token is alive."""
        with self._lock:
            return set(self._vault.connected())

    # --- how codes and tokens end; where both may be named, None stands for all

    def remove_app(
        self, handle: str, client_key: str, *, reason: int = webhooks.BY_USER
    ) -> Delivery | None:
        """Do what a person does in TikTok's settings: all tokens of the app die.

        The app is told if it has a webhook address, and what came of that is returned.
        ``reason`` may be another one of ``webhooks.REASONS``.
        """
        removal = self._removal(handle, client_key, reason)
        with self._lock:
            self._vault.disconnect(handle, client_key)
        return removal and self._deliver(removal)

    def revoke(self, handle: str, client_key: str) -> None:
        """Do what an app does at the revoke endpoint; it is told a moment later."""
        removal = self._removal(handle, client_key, webhooks.BY_DEVELOPER)
        with self._lock:
            self._vault.disconnect(handle, client_key)
        if removal:
            self._deliver_later(removal)

    def kill_tokens(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        """Make tokens unknown at once, and tell nobody."""
        with self._lock:
            self._vault.kill_tokens(handle, client_key)

    def expire_access_tokens(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        with self._lock:
            self._vault.expire(self._vault.access, handle, client_key)

    def expire_refresh_tokens(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        with self._lock:
            self._vault.expire(self._vault.refresh, handle, client_key)

    def expire_codes(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        with self._lock:
            self._vault.expire(self._vault.codes, handle, client_key)

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

    def count(self, endpoint: str, *, status: int | None = None, **fields: str) -> int:
        """Count the requests that arrived, of those that are still remembered.

        ``world.count("token", grant_type="refresh_token", status=200)``. Raises
        ValueError for a field whose values are masked, so could never be found.
        """
        if masked := fields.keys() - HARMLESS:
            raise ValueError(f"masked: {', '.join(sorted(masked))}")
        return sum(
            seen.endpoint == endpoint
            and status in (None, seen.status)
            and fields.items() <= seen.fields.items()
            for seen in self.requests
        )

    def record(self, request: RecordedRequest) -> None:
        with self._lock:
            self._requests.append(replace(request, fields=mask(request.fields)))

    def clear_requests(self) -> None:
        with self._lock:
            self._requests.clear()


world = World()
