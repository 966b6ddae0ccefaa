"""One request after the other, where all threads have the same connection.

A live server shares its in-memory SQLite among its threads, transactions and all: what
one request rolls back, another may have written. No site runs like that, and what
happens at the same time is tested on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from django.http import HttpRequest
from django.http.response import HttpResponseBase

_turn = RLock()


class InTurns:
    """Middleware that lets in one request at a time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with _turn:
            return self.get_response(request)
