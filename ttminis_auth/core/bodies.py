"""The body of a request, whether it states its length or arrives in chunks."""

from __future__ import annotations

from io import BytesIO

from django.http import HttpRequest


def body_of(request: HttpRequest, limit: int) -> bytes | None:
    """Return the body, or None where it has more than ``limit`` bytes.

    None also stands for a length that is no number. A body that breaks off is empty.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    # Python refuses to read a number of thousands of digits.
    if len(length) > 9 or not length.isdecimal() or int(length) > limit:
        return None
    # A middleware may have read it.
    if not getattr(request, "_body", b""):
        # ``request.body`` takes megabytes, or less than a webhook has, as Django's
        # settings say. Hooks of the project may ask for it as well.
        received = _received(request, limit, in_chunks=int(length) == 0)
        request._body, request._stream = received, BytesIO(received)
    body = request.body
    return body if len(body) <= limit else None


def _received(request: HttpRequest, limit: int, *, in_chunks: bool) -> bytes:
    """Read a little more than the limit from the server.

    A proxy that does not wait for the whole body passes it on in chunks, without a
    length. Django's WSGI handler takes that for an empty body.
    """
    source = request
    if in_chunks and request.META.get("wsgi.input_terminated"):
        source = request.META["wsgi.input"]
    try:
        return source.read(limit + 1)
    except Exception:  # noqa: BLE001, each server has errors of its own for bad chunks
        return b""
