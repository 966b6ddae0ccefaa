"""The servers of the stampede, with the numbers that ``docs/operate`` recommends."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """How a server is started.

    Attributes:
        command: with ``{site}``, ``{health}`` and ``{threads}`` in it.
        health: the path of the health page.
        bound: TTMINIS_MAX_CONCURRENT_CALLS of each worker.
        threads: of each worker, where that is a number of the server's.
        pool: connections to the database of each worker; None is one for each thread.
    """

    name: str
    command: tuple[str, ...]
    health: str
    bound: int
    threads: int = 0
    pool: int | None = None

    def with_numbers(self, bound: int | None, threads: int | None) -> Server:
        return replace(self, bound=bound or self.bound, threads=threads or self.threads)

    @property
    def title(self) -> str:
        threads = f", {self.threads} threads" if self.threads else ""
        return f"{self.name}, 2 workers{threads}, bound {self.bound}"


SERVERS = {
    "gunicorn": Server(
        name="gunicorn",
        command=(
            "gunicorn",
            "--workers=2",
            "--threads={threads}",
            "--worker-connections={threads}",
            "--bind=127.0.0.1:{site}",
            "--bind=127.0.0.1:{health}",
            "--log-level=error",
            "django.core.wsgi:get_wsgi_application()",
        ),
        health="/health/",
        bound=4,
        threads=8,
    ),
    "uvicorn": Server(
        name="uvicorn",
        command=(
            "uvicorn",
            "--workers=2",
            "--port={site}",
            "--log-level=error",
            "--no-access-log",
            "--factory",
            "django.core.asgi:get_asgi_application",
        ),
        health="/ahealth/",
        bound=16,
        pool=20,
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    site: int
    health: int


@contextmanager
def serving(server: Server, environ: dict[str, str]) -> Iterator[Ports]:
    """Run a server until the block ends; gives the ports of the site and its health."""
    site, health = _free_port(), _free_port()
    # A server that can listen in one place only has its health page there.
    ports = Ports(
        site=site, health=health if "{health}" in str(server.command) else site
    )
    numbers = {"site": site, "health": health, "threads": server.threads}
    variables = {"STAMPEDE_BOUND": str(server.bound)}
    if server.pool:
        variables["BENCHMARKS_POOL"] = str(server.pool)
    process = subprocess.Popen(
        [sys.executable, "-m", *(word.format(**numbers) for word in server.command)],
        env=environ | variables,
    )
    try:
        _wait_for(ports.health, server.health)
        yield ports
    finally:
        process.terminate()
        process.wait(300)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, path: str) -> None:
    give_up_at = time.monotonic() + 300
    while time.monotonic() < give_up_at:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")
