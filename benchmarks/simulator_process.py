"""The simulated TikTok as a process of its own, commanded through its standard input.

It prints its URL, then answers each line, ``["name", …arguments]``, with a line of
JSON, until its input ends. ``tiktok.TikTok`` holds the other end.
"""

from __future__ import annotations

import json
import random
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings

from ttminis_auth.simulator.world import world
from ttminis_auth.testing.server import SimulatorServer

_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


class DistantServer(SimulatorServer):
    """A simulator that is one network round trip away.

    The round trip of a request is the ``slow`` fault, see ``set_distance``. A new
    connection costs two more before anything can be sent, which are the handshakes of
    TCP and of TLS 1.3.
    """

    round_trip = 0.0

    @property
    def url(self) -> str:
        return super().url.replace("http:", "https:")

    def __enter__(self) -> DistantServer:
        super().__enter__()
        return self

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        time.sleep(2 * self.round_trip)
        with suppress(OSError):  # a client that goes away before it says hello
            safe = _context.wrap_socket(request, server_side=True)
            super().process_request_thread(safe, client_address)

    def set_distance(self, seconds: float) -> None:
        """Put the simulator this far away, for requests and connections to come."""
        self.round_trip = seconds
        world.clear_faults()
        if seconds:
            for endpoint in ("token", "user_info"):
                world.order_fault(
                    "slow", endpoint=endpoint, times=sys.maxsize, seconds=seconds
                )

    def issue_codes(
        self, client_key: str, handle: str, scopes: list[str], count: int
    ) -> list[str]:
        handles = [handle] * count if handle else _new_people(count)
        return [world.issue_code(client_key, each, scopes=scopes) for each in handles]

    def issue_tokens(self, client_key: str, count: int) -> list[dict[str, Any]]:
        return [world.issue_tokens(client_key, each) for each in _new_people(count)]

    def set_stampede(self, seconds: float, failing: int, count: int) -> None:
        """Answer after so long, and fail so many of the next calls, here and there."""
        world.clear_faults()
        world.latency = seconds
        kinds = ["server_error", "html_502"] * failing
        calls = [*kinds[:failing], *["slow"] * (count - failing)]
        random.Random(1).shuffle(calls)
        for kind in calls:
            options = {"seconds": 0} if kind == "slow" else {}
            world.order_fault(kind, endpoint="token", **options)

    def hang(self) -> None:
        """Keep all requests waiting until ``release``."""
        world.clear_faults()
        world.latency = 600.0

    def release(self) -> None:
        world.latency = 0.0
        world.release()

    def issue_codes_of(self, handles: list[str], count: int) -> list[list[str]]:
        """Return so many codes for each TikTok account; create the unknown accounts."""
        known = {person.handle for person in world.people}
        (app, *_) = world.apps
        for handle in set(handles) - known:
            world.add_person(handle, handle)
        return [
            [world.issue_code(app.client_key, handle) for _ in range(count)]
            for handle in handles
        ]

    def take_granted(self) -> dict[str, int]:
        """Return how many calls were answered with what status, since the last."""
        found = Counter(str(request.status) for request in world.requests)
        world.clear_requests()
        return dict(found)

    def take_counts(self) -> tuple[int, int]:
        """Return how many requests and connections arrived since the last call."""
        counts = len(world.requests), self.connections
        world.clear_requests()
        self.connections = 0
        return counts


def _new_people(count: int) -> list[str]:
    handles = [f"person{len(world.people) + nth}" for nth in range(count)]
    for handle in handles:
        world.add_person(handle, handle)
    return handles


def main() -> None:
    _context.load_cert_chain(sys.argv[1])
    settings.configure(
        DEBUG=True,
        SECRET_KEY="simulator",
        ALLOWED_HOSTS=["*"],
        TTMINIS_SIMULATOR_OPEN=True,
    )
    with DistantServer() as server:
        commands: dict[str, Callable[..., Any]] = {
            "set_distance": server.set_distance,
            "issue_codes": server.issue_codes,
            "issue_tokens": server.issue_tokens,
            "take_counts": server.take_counts,
            "set_stampede": server.set_stampede,
            "hang": server.hang,
            "release": server.release,
            "issue_codes_of": server.issue_codes_of,
            "take_granted": server.take_granted,
        }
        print(server.url, flush=True)
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            print(json.dumps(commands[name](*arguments)), flush=True)


if __name__ == "__main__":
    main()
