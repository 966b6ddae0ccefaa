"""Turn a refusal by a project's hook into a ``LoginRefused``.

allauth lets adapters and receivers refuse by ``ValidationError``, ``PermissionDenied``
or ``ImmediateHttpResponse``. The last two are pages, which a script cannot show.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest

from ..core import logouts
from ..core.failures import note_failure
from ..errors import LoginRefused, LoginVetoed

_VETOES = (ValidationError, PermissionDenied, ImmediateHttpResponse)


@contextmanager
def may_refuse(request: HttpRequest) -> Iterator[None]:
    """Turn what a hook raises to refuse the login into a LoginRefused."""
    with no_half_login(request):
        try:
            yield
        except LoginRefused:
            raise
        except _VETOES as veto:
            note_failure("The project refused a login", veto, logging.INFO)
            raise LoginVetoed.by(veto) from veto


@contextmanager
def no_half_login(request: HttpRequest) -> Iterator[Callable[[], None]]:
    """Log out the user whom a login that is refused in the end has logged in already.

    A receiver of ``user_logged_in`` may refuse when the session is the user's already.
    Django saves the session with every answer but a 500: the visitor would read that
    they may not log in, and be logged in.

    Gives a function that does it, for an answer that refuses and is not raised.
    """
    before = request.user.pk

    def log_out() -> None:
        if request.user.pk not in (None, before):
            get_adapter().logout(request)
            # The login was refused; nobody has asked to be logged out.
            logouts.forget(request)

    try:
        yield log_out
    except _VETOES:
        log_out()
        raise
