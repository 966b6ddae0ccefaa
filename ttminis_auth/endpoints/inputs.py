"""Read what a page sends, and refuse the rest before TikTok is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..core.bodies import body_of
from ..errors import InvalidRequest
from ..login.policy import Process
from ..tiktok.secret import Secret

# A code has at most 2,048 characters; what is eight times as long is not a login.
MAX_BODY = 16 * 1024
_NAMES = ("client_key", "process", "next")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginRequest:
    """A well-formed request to log in with a code.

    Attributes:
        next_url: where to go afterwards, found safe by allauth; None stays put.
    """

    code: Secret
    client_key: str | None
    process: Process
    next_url: str | None

    @classmethod
    def from_http(cls, request: HttpRequest) -> LoginRequest:
        """Read a JSON or form body; raises InvalidRequest naming the field."""
        return cls._from(request, _fields(_body(request)))

    @classmethod
    def from_json(cls, request: HttpRequest) -> LoginRequest:
        """Read a JSON body, for which a foreign page needs our leave first.

        Raises InvalidRequest naming the field.
        """
        return cls._from(request, _fields(_json(request)))

    @classmethod
    def _from(cls, request: HttpRequest, data: Mapping[str, Any]) -> LoginRequest:
        return cls(
            code=data["code"],
            client_key=_text(data, "client_key"),
            process=_process(data),
            next_url=_next_url(request, data),
        )


def _fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that we know, with the code as a secret.

    What follows may fail in a project's hook, and its report would show what was sent.
    """
    known = {name: data[name] for name in _NAMES if name in data}
    return known | {"code": Secret(_text(data, "code") or "")}


def _body(request: HttpRequest) -> Mapping[str, Any]:
    # Nothing else, such as text/plain: a form on another site can send that without
    # the browser asking us first.
    if request.content_type == "application/x-www-form-urlencoded":
        return request.POST
    return _json(request)


def small_body(request: HttpRequest) -> bytes:
    """Return the body; raises InvalidRequest where it is too large for a login."""
    body = body_of(request, MAX_BODY)
    if body is None:
        raise InvalidRequest(_("The request is too large."))
    return body


def _json(request: HttpRequest) -> dict[str, Any]:
    body = small_body(request)
    if request.content_type != "application/json":
        raise InvalidRequest(_("Send JSON."))
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        # Not chained: the error would carry the whole body, code included.
        raise InvalidRequest(_("The body is not JSON.")) from None
    if not isinstance(data, dict):
        raise InvalidRequest(_("The body is not a JSON object."))
    return data


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest(_("Not a text."), param=name)
    return value


def _process(data: Mapping[str, Any]) -> Process:
    process = data.get("process", "login")
    if process not in get_args(Process):
        raise InvalidRequest(_("Unknown process."), param="process")
    return cast("Process", process)


def _next_url(request: HttpRequest, data: Mapping[str, Any]) -> str | None:
    next_url = _text(data, "next")
    if next_url and not is_safe_url(request, next_url):
        raise InvalidRequest(_("Not an address of this site."), param="next")
    return next_url or None


def is_safe_url(request: HttpRequest, url: str) -> bool:
    """Ask allauth whether ``url`` is one of this site; unreadable ones are not."""
    try:
        urlsplit(url)
    except ValueError:
        return False  # such as "//[", over which allauth would stumble as well
    # Not in the ``try``: a ValueError of a project's adapter is a bug, to be seen.
    return bool(get_adapter(request).is_safe_url(url))
