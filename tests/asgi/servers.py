"""Servers of the project under ASGI, and an asynchronous client of each."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests import unmeasured
from tests.asgi.application import watched_application
from tests.ports import reserved_port
from tests.tokens.processes import eventually

ROOT = Path(__file__).parent.parent.parent
# gunicorn is here to compare: it serves the same project under WSGI.
COMMANDS = {
    "gunicorn": ["gunicorn", "--bind=127.0.0.1:{port}", "--threads=4"],
    "uvicorn": ["uvicorn", "--port={port}", "--log-level=warning", "--no-access-log"],
    "daphne": ["daphne", "-b", "127.0.0.1", "-p", "{port}", "-v", "0"],
}
APPLICATIONS = {"gunicorn": "wsgi", "uvicorn": "asgi", "daphne": "asgi"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Site(Protocol):
    """A server that answers requests."""

    async def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> Answer: ...


@dataclass
class Handler:
    """Django's handler in the test's own process and event loop, without sockets."""

    application: Any = field(default_factory=watched_application)

    async def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> Answer:
        sent: list[Any] = [{"type": "http.request", "body": body}]
        answered = asyncio.Event()
        received: list[Any] = []

        async def receive() -> Any:
            if not sent:
                await answered.wait()
            return sent.pop() if sent else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            received.append(message)
            if not message.get("more_body", True):
                answered.set()

        await self.application(_scope(method, path, headers), receive, send)
        start, *parts = received
        return Answer(
            status=start["status"],
            headers={k.decode().lower(): v.decode() for k, v in start["headers"]},
            body=b"".join(part["body"] for part in parts),
        )


def _scope(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (name.lower().encode(), value.encode())
            for name, value in _all_headers(headers).items()
        ],
        "client": ("127.0.0.1", 9),
        "server": ("127.0.0.1", 80),
    }


def _all_headers(headers: dict[str, str]) -> dict[str, str]:
    return {"host": "127.0.0.1"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }


@dataclass(frozen=True)
class Remote:
    """A server in its own process; each request has its own connection."""

    port: int

    async def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> Answer:
        async with self.asked(method, path, body, **headers) as reader:
            head = await reader.readuntil(b"\r\n\r\n")
            rest = await reader.read()
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        pairs = (line.partition(":") for line in lines)
        found = {name.lower(): value.strip() for name, _, value in pairs}
        if found.get("transfer-encoding") == "chunked":
            rest = rest.partition(b"\r\n")[2].rpartition(b"\r\n0\r\n")[0]
        return Answer(status=int(first.split()[1]), headers=found, body=rest)

    @asynccontextmanager
    async def asked(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> AsyncIterator[asyncio.StreamReader]:
        """Send a request, and disconnect at the end of the block, answered or not."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sent = _all_headers(headers) | {"content-length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", "connection: close"]
        lines += [f"{name}: {value}" for name, value in sent.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        try:
            await writer.drain()
            yield reader
        finally:
            writer.close()


@contextmanager
def running(server: str, environ: dict[str, str], log: Path) -> Iterator[Remote]:
    """Run one of ``COMMANDS`` until the block ends."""
    with reserved_port() as port, log.open("wb") as output:
        words = [word.format(port=port) for word in COMMANDS[server]]
        process = subprocess.Popen(
            [sys.executable, "-m", *words, f"tests.asgi.served:{APPLICATIONS[server]}"],
            cwd=ROOT,
            env={**unmeasured.environ(), **environ},
            stdout=output,
            stderr=output,
        )
        site = Remote(port)
        try:
            eventually(lambda: process.poll() is not None or _answers(site))
            yield site
        finally:
            process.terminate()
            process.wait(60)


def _answers(site: Remote) -> bool:
    try:
        return asyncio.run(site.ask("GET", "/health/")).status == 200
    except (OSError, EOFError):
        return False
