"""Fail each test that gets a response with a secret from the admin.

This is the outermost middleware of the tests, so it also reads error pages and what a
browser gets from the live server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PLANTED = "PLANTED-SECRET"
SECRETS = {
    # "contact.html" is no token, nor is the name of a file with a version in it.
    "a token of TikTok": rb"(?<![\w.-])(?:act|rft|clt)\.[\w-]{4,}",
    # A version, and a time up to 2106: a CSRF token may contain a shorter prefix.
    "encrypted text": rb"gAAAAA[A-D][\w-]{10,}",
    "the secret of an app": rb"simulated-\w+-secret",
    "a secret that a test planted": PLANTED.encode(),
}
PATTERNS = {kind: re.compile(pattern) for kind, pattern in SECRETS.items()}
# Search this many bytes of a streamed chunk again, together with the next chunk.
OVERLAP = 200

leaks: list[str] = []
"""The secrets found. A test that expects an error would hide the exception alone."""


class SecretShown(AssertionError):
    """A response of the admin has a secret. Does not quote it: this is logged."""


class NoSecretInAdmin:
    """Middleware that raises if a response under ``/admin/`` has a secret in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            inspect(request, response)
        return response


def inspect(request: HttpRequest, response: HttpResponseBase) -> None:
    refuse(request, f"{response.headers}{response.cookies}".encode())
    if response.streaming:
        response.streaming_content = watched(request, response.streaming_content)
    else:
        refuse(request, response.content)


def watched(request: HttpRequest, pieces: Iterable[bytes]) -> Iterator[bytes]:
    tail = b""
    for piece in pieces:
        refuse(request, tail + piece)
        tail = (tail + piece)[-OVERLAP:]
        yield piece


def refuse(request: HttpRequest, text: bytes) -> None:
    if found := kinds_in(text):
        leaks.append(f"{found[0]} in {request.method} {request.path}")
        raise SecretShown(leaks[-1])


def kinds_in(text: bytes) -> list[str]:
    return [kind for kind, pattern in PATTERNS.items() if pattern.search(text)]


@pytest.fixture(autouse=True)
def _no_secret_in_admin():
    leaks.clear()
    yield
    assert not leaks
