"""Run the operation that a page asks for with a code, for every endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..core import counts
from ..tiktok.secret import Secret
from . import project_hooks
from .authorize import authorize
from .enter import Outcome, login
from .policy import Process


@sensitive_variables()
def run(request: HttpRequest, provider: Any, code: Secret, process: Process) -> Outcome:
    """Log in, connect, switch or authorize; raises a LoginRefused."""
    key = provider.app.client_id
    with (
        counts.refusals(key),
        project_hooks.may_refuse(request),
        _without_messages(request),
    ):
        if process == "authorize":
            return authorize(request, provider, code)
        return login(request, provider, code, process)


@contextmanager
def _without_messages(request: Any) -> Iterator[None]:
    """Keep allauth from queueing "signed in as …" while nobody is looking.

    The answer says it to the script already. A queued message would wait for the next
    page that shows messages, perhaps days and many silent logins later.
    """
    if not hasattr(request, "_messages"):
        yield  # a project without django.contrib.messages
        return
    queue, request._messages = request._messages, BaseStorage(request)
    try:
        yield
    finally:
        request._messages = queue
