"""Django's ASGI application, beside what watches its event loop."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

# How often the watchdog wakes, in seconds.
EVERY = 0.005


class Watchdog:
    """Records the longest time for which the event loop ran nothing but one thing."""

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
    """Answers ``/watch`` with the longest gap, and passes all else on to Django."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._watchdog = Watchdog()
        self._watching: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/watch":
            await self._application(scope, receive, send)
            return
        self._watching = self._watching or asyncio.create_task(self._watchdog.watch())
        seen = {"longest": self._watchdog.longest, "threads": threading.active_count()}
        self._watchdog.longest = 0.0
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


def made() -> Watched:
    from django.core.asgi import get_asgi_application

    return Watched(get_asgi_application())
