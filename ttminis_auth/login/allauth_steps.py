"""What allauth does in a login, and how it ends where the project refuses it.

allauth may change ``allauth.*.internal`` at any time. Only this module uses it for a
login, and each use has a plain name.

allauth lets adapters and receivers refuse by ``ValidationError``, ``PermissionDenied``
or ``ImmediateHttpResponse``. The last two are pages, which a script cannot show.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal import stagekit
from allauth.account.internal.flows import reauthentication
from allauth.account.signals import user_signed_up
from allauth.core.exceptions import (
    ImmediateHttpResponse,
    ReauthenticationRequired,
    SignupClosedException,
)
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import flows
from allauth.socialaccount.models import SocialLogin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from ..core import logouts
from ..core.failures import note_failure
from ..errors import (
    LoginRefused,
    LoginVetoed,
    ReauthenticationImpossible,
    SignupClosed,
)

_VETOES = (ValidationError, PermissionDenied, ImmediateHttpResponse)

# The pages of allauth's ways to reauthenticate, by the name of the URL.
_PAGES = {
    "reauthenticate": "account_reauthenticate",
    "reauthenticate_by_code": "account_request_reauthentication_code",
    "mfa_reauthenticate": "mfa_reauthenticate",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingFlow:
    """A step that the person has to take before they are logged in.

    Attributes:
        id: allauth's name of the flow, such as ``mfa_authenticate``.
        url: the page of that step, or None in a project without pages.
    """

    id: str
    url: str | None


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
    """Log the user out again if the login is refused after all.

    A receiver of ``user_logged_in`` may refuse when the session is already the user's.
    Django saves the session with every answer but a 500. The visitor would read that
    the login was refused, and would be logged in.

    Yields a function that logs out, for a refusal that is returned and not raised.
    """
    before = request.user.pk

    def log_out() -> None:
        if request.user.pk not in (None, before):
            get_account_adapter().logout(request)

    try:
        yield log_out
    except _VETOES:
        log_out()
        raise
    finally:
        # We have logged out, or allauth has, which ends the session of another user
        # before it logs in. The visitor has asked for neither.
        logouts.forget(request)


def announce(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Look the account up and run the project's ``pre_social_login`` hooks."""
    flows.login.pre_social_login(request, sociallogin)


def complete(request: HttpRequest, sociallogin: SocialLogin) -> tuple[PendingFlow, ...]:
    """Log in, sign up or connect as allauth does for any provider.

    Returns the steps that remain; none of them means that it is done. Raises
    SignupClosed or LoginVetoed, and lets pass what hooks raise; see ``may_refuse``.
    """
    # Not by allauth's ``complete_login``. That logs out the present user first, and
    # asks only then whether a newcomer may sign up.
    try:
        announce(request, sociallogin)
        if sociallogin.state.get("process") == "connect":
            flows.connect.do_connect(request, sociallogin)
        else:
            _require_open_signup(request, sociallogin)
            flows.login._authenticate(request, sociallogin)
    except SignupClosedException:
        raise SignupClosed from None
    except ReauthenticationRequired:
        return tuple(_ways_to_reauthenticate(request))
    return () if request.user.is_authenticated else (_pending(request),)


def require_way_to_reauthenticate(request: HttpRequest) -> None:
    """Raise ReauthenticationImpossible for a user who has to reauthenticate and cannot.

    A user with nothing but a TikTok account has no password and no second factor. Since
    65.22, allauth asks such a user all the same, and its page for it is a 403.
    """
    ask = getattr(reauthentication, "is_reauthentication_required", None)
    asked = ask and ask(request, app="allauth.socialaccount")
    if asked and not _ways(request.user):
        raise ReauthenticationImpossible


def sign_up(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Make the user of a first login without logging them in.

    Raises SignupClosed, or LoginVetoed when the project wants a form filled in first.
    """
    _require_open_signup(request, sociallogin)
    if not flows.signup.process_auto_signup(request, sociallogin)[0]:
        raise LoginVetoed
    user = get_adapter().save_user(request, sociallogin, form=None)
    user_signed_up.send(
        sender=type(user), request=request, user=user, sociallogin=sociallogin
    )


def _require_open_signup(request: HttpRequest, sociallogin: SocialLogin) -> None:
    # A hook may have connected the account to a user that exists.
    if sociallogin.is_existing:
        return
    if not get_adapter().is_open_for_signup(request, sociallogin):
        raise SignupClosed


def _ways_to_reauthenticate(request: HttpRequest) -> Iterator[PendingFlow]:
    """Yield each way in which this user can reauthenticate: many have no password."""
    for way in _ways(request.user):
        name = way["id"]
        page = _PAGES.get(name)
        # The page for codes is a 403 to a user who has none.
        only_key = way.get("types") == ["webauthn"]
        yield _flow(name, "mfa_reauthenticate_webauthn" if only_key else page)


def _ways(user: Any) -> list[dict[str, Any]]:
    return reauthentication.get_reauthentication_flows(user)


def _pending(request: HttpRequest) -> PendingFlow:
    if stage := stagekit.get_pending_stage(request):
        return _flow(stage.key, stage.urlname)
    if flows.signup.get_pending_signup(request):
        return _flow("provider_signup", "socialaccount_signup")
    raise LoginVetoed


def _flow(flow_id: str, url_name: str | None) -> PendingFlow:
    try:
        url = reverse(url_name) if url_name else None
    except NoReverseMatch:
        url = None
    return PendingFlow(id=flow_id, url=url)
