"""Run synchronous code for asynchronous callers.

allauth's hooks, and with them a login, are synchronous. Under ASGI, Django gives each
request a thread for its synchronous code, and closes that thread's connections at the
end. Outside of a request, say in a consumer of a websocket, all such code of a process
shares one thread, with all of the ORM: a login that waits there for TikTok would keep
every other caller waiting for the database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


def async_twin(act: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Return a coroutine function that acts in the request's thread.

    Outside of a request it acts in a thread of its own, and closes the connections
    that it opened there.
    """

    @wraps(act)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        async with ThreadSensitiveContext() as context:
            # A context inside that of a request leaves all to the outer one.
            is_own = context.token is not None
            here = _closing(act) if is_own else act
            return await sync_to_async(here)(*args, **kwargs)

    return twin


def _closing(act: Callable[P, T]) -> Callable[P, T]:
    @wraps(act)
    def closing(*args: P.args, **kwargs: P.kwargs) -> T:
        # A synchronous caller up the stack lends its own thread: with open connections.
        before = {each for each in connections.all(True) if each.connection}
        try:
            return act(*args, **kwargs)
        finally:
            for opened in set(connections.all(True)) - before:
                opened.close()

    return closing
