"""Logins per second and memory of real servers, each with two workers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from threading import local

from .browser import CSRF_TOKEN, Answer
from .logins import ALLAUTH, BARE, OURS, SOCIAL, Way
from .settings import CLIENT_KEY
from .tiktok import TikTok

# Fewer clients would leave threads idle, more would wait in line.
CLIENTS = 16
READY = 30.0
# Connections of each worker; a worker of gunicorn has one for each thread.
POOLS = {"uvicorn": {"BENCHMARKS_POOL": "20"}}
SERVERS = {
    "gunicorn": ["gunicorn", "benchmarks.servers:wsgi", "--workers=2", "--threads=8"],
    "uvicorn": ["uvicorn", "benchmarks.servers:asgi", "--workers=2", "--no-access-log"],
}
WAYS = (OURS, ALLAUTH, SOCIAL, BARE)

_here = local()


class RemoteBrowser:
    """What ``browser.Browser`` is, over a connection to a server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies = SimpleCookie({"csrftoken": CSRF_TOKEN})

    def get(self, path: str, query: str = "") -> Answer:
        return self._send("GET", f"{path}?{query}")

    def post(self, path: str, body: bytes, content_type: str) -> Answer:
        return self._send("POST", path, body, **{"Content-Type": content_type})

    def _send(self, method: str, path: str, body: bytes = b"", **more: str) -> Answer:
        connection = self._connection()
        cookies = self._cookies.output([], header="", sep=";").strip()
        headers = {"Cookie": cookies, "X-CSRFToken": self._cookies["csrftoken"].value}
        connection.request(method, path, body, headers | more)
        response = connection.getresponse()
        content = response.read()
        for text in response.headers.get_all("Set-Cookie", []):
            self._cookies.load(text)
        if response.status >= 400 or (
            method == "GET" and "sessionid" not in self._cookies
        ):
            raise RuntimeError(f"{path}: {response.status}")
        location = response.headers.get("Location", "")
        return Answer(status=response.status, location=location, body=content)

    def _connection(self) -> HTTPConnection:
        """Return this thread's, which stays open as that of a proxy does."""
        kept: dict[int, HTTPConnection] = vars(_here).setdefault("kept", {})
        return kept.setdefault(self._port, HTTPConnection("127.0.0.1", self._port))


def run(
    tiktok: TikTok, environ: dict[str, str], logins: int, rounds: int
) -> dict[str, dict[str, float]]:
    """Return by server and way the logins per second, the ways taking turns.

    Under "memory", MiB of all processes of the server at the end: the ways share it.
    """
    return {name: _measure(tiktok, name, environ, logins, rounds) for name in SERVERS}


def _measure(
    tiktok: TikTok, server: str, environ: dict[str, str], logins: int, rounds: int
) -> dict[str, float]:
    best: dict[str, float] = {}
    with _served(server, environ | POOLS.get(server, {})) as (port, pid):
        for way in WAYS:
            # Alone: first logins of one person at once are a 500 of social-core's.
            _rate(tiktok, port, way, 1)
        for _ in range(rounds + 1):  # the first one warms up
            for way in WAYS:
                rate = _rate(tiktok, port, way, logins)
                best[way.name] = max(rate, best.get(way.name, 0))
        return best | {"memory": _memory(pid)}


def _rate(tiktok: TikTok, port: int, way: Way, logins: int) -> float:
    codes = tiktok.issue_codes(CLIENT_KEY, way.person, way.grants[0], logins)
    with ThreadPoolExecutor(CLIENTS) as clients:
        began = time.perf_counter()
        list(clients.map(lambda code: way.log_in(RemoteBrowser(port), code), codes))
        return logins / (time.perf_counter() - began)


@contextmanager
def _served(server: str, environ: dict[str, str]) -> Iterator[tuple[int, int]]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    module, *arguments = SERVERS[server]
    bind = {"gunicorn": [f"--bind=127.0.0.1:{port}"], "uvicorn": [f"--port={port}"]}
    quiet = ["--log-level=error"]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments, *bind[module], *quiet], env=environ
    )
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    end = time.monotonic() + READY
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def _memory(pid: int) -> float:
    """Return MiB of a process and its children; shared pages count in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_memory(int(child)) for child in children)


def environ_of(database: dict[str, str]) -> dict[str, str]:
    """Return the environment of a server over that database, and have its tables."""
    environ = {**os.environ, **database}
    migrate = [sys.executable, "-m", "django", "migrate", "--skip-checks", "-v0"]
    subprocess.run(migrate, env=environ, check=True)
    return environ
