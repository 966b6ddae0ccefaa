"""Django's ASGI application, with a watchdog of its event loop."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

# How often the watchdog wakes, in seconds.
EVERY = 0.005


class Watchdog:
    """Record the longest time for which one task blocked the event loop."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        while True:
            await asyncio.sleep(EVERY)
            now = loop.time()
            self.longest = max(self.longest, now - before - EVERY)
            before = now


class Watched:
    """Answer ``/watch`` with the longest gap, and pass other requests to Django."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._watchdog = Watchdog()
        self._watching: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/watch":
            await self._application(scope, receive, send)
            return
        self._watching = self._watching or asyncio.create_task(self._watchdog.watch())
        report = {
            "longest": self._watchdog.longest,
            "threads": threading.active_count(),
        }
        self._watchdog.longest = 0.0
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(report).encode()})


def watched_application() -> Watched:
    from django.core.asgi import get_asgi_application

    return Watched(get_asgi_application())
