"""All that the simulated TikTok knows, in memory, behind one lock."""

import threading
from collections import deque
from dataclasses import replace

from ttminis_auth.simulator import webhooks
from ttminis_auth.simulator.effects import Fault
from ttminis_auth.simulator.faults import check_fault
from ttminis_auth.simulator.messenger import Messenger
from ttminis_auth.simulator.records import HARMLESS, RecordedRequest, mask
from ttminis_auth.simulator.webhooks import Delivery

REMEMBERED_REQUESTS = 50_000


class World(Messenger):
    """People, apps, codes, tokens, faults and what arrived; safe to share by threads.

    A handle or client key that is not registered raises KeyError.
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
            self._restore_vault()
            self._faults: list[Fault] = []
            self._requests = deque[RecordedRequest](maxlen=REMEMBERED_REQUESTS)
        self.release()

    # --- how an authorization ends

    def remove_app(
        self, handle: str, client_key: str, *, reason: int = webhooks.BY_USER
    ) -> Delivery | None:
        """Do what a person does in TikTok's settings: all tokens of the app die.

        An app with a webhook address gets a webhook; its delivery is returned.
        ``reason`` may be another one of ``webhooks.REASONS``.
        """
        removal = self._removal(handle, client_key, reason)
        self._disconnect(handle, client_key)
        return removal and self._deliver(removal)

    def revoke(self, handle: str, client_key: str) -> None:
        """Revoke the tokens as an app does; the webhook comes a moment later."""
        removal = self._removal(handle, client_key, webhooks.BY_DEVELOPER)
        self._disconnect(handle, client_key)
        if removal:
            self._deliver_later(removal)

    # --- faults

    def order_fault(
        self, kind: str, *, endpoint: str = "token", times: int = 1, **options: object
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
