"""Visitors who all open the mini app at once, and come back as its script does."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from dataclasses import dataclass, field
from time import perf_counter

from ..browser import CODE_URL, CSRF_TOKEN

# In seconds: more than any visitor has, for a machine that is busy otherwise.
PATIENCE = 300.0
# As js/src/silent.ts: so many times, and later each time.
DELAYS = 3


@dataclass(kw_only=True, slots=True)
class Visit:
    """One open of the mini app, with what came of each of its requests.

    Attributes:
        codes: of TikTok, one for each request that may be needed.
        session: the key of the session that an earlier visit left, or "".
        statuses: of the answers; 0 for none.
        seconds: what the last answer took.
    """

    codes: list[str]
    session: str = ""
    statuses: list[int] = field(default_factory=list)
    retry_after: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cookie: str = ""

    @property
    def is_in(self) -> bool:
        return self.statuses[-1] == 200


async def stampede(port: int, visits: list[Visit], retries: int) -> None:
    """Let all of them open the app at the same moment; fills in what came of it."""
    await asyncio.gather(*(_visit(port, visit, retries) for visit in visits))


async def _visit(port: int, visit: Visit, retries: int) -> None:
    for nth in range(1 + retries):
        began = perf_counter()
        status, headers = await _post(port, visit.codes[nth], visit.session)
        visit.seconds.append(perf_counter() - began)
        visit.statuses.append(status)
        visit.cookie = headers.get("set-cookie", "")
        if status != 503:
            return
        visit.retry_after.append(headers.get("retry-after", ""))
        if nth == retries or not visit.retry_after[-1]:
            return
        spread = random.random() * 2 ** (nth % DELAYS)
        await asyncio.sleep(int(visit.retry_after[-1]) * (1 + spread))


async def _post(port: int, code: str, session: str) -> tuple[int, dict[str, str]]:
    try:
        async with asyncio.timeout(PATIENCE):
            # As a proxy that buffers does: no server waits for the rest of a request.
            sent = socket.create_connection(("127.0.0.1", port))
            sent.sendall(_request(code, session))
            reader, writer = await asyncio.open_connection(sock=sent)
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            finally:
                writer.close()
    except (OSError, EOFError):
        return 0, {}
    first, *lines = head.strip().split("\r\n")
    pairs = [line.partition(":") for line in lines]
    # Of the cookies, the session's alone.
    headers = {
        name.lower(): value.strip()
        for name, _, value in pairs
        if name.lower() != "set-cookie" or "sessionid=" in value
    }
    return int(first.split()[1]), headers


def _request(code: str, session: str) -> bytes:
    body = json.dumps({"code": code})
    cookies = f"csrftoken={CSRF_TOKEN}"
    if session:
        cookies += f"; sessionid={session}"
    lines = (
        f"POST {CODE_URL} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Cookie: {cookies}",
        f"X-CSRFToken: {CSRF_TOKEN}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
