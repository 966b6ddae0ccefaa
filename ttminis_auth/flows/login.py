"""Enter with a code of ``TTMinis.login``: first login, return, connect, switch.

The table of ``policy`` says what a code may do to the session; this module does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from . import pipeline, throttle, upstream
from .errors import CodeRejected, FirstLoginRaced, InvalidRequest, LoginRequired
from .pipeline import PendingFlow
from .policy import Process, Step
from .sociallogin import TTMinisSocialLogin

_T = TypeVar("_T")

CODE_MAX_LENGTH = 2048


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a login led to.

    Attributes:
        user: the user whom the code belongs to; not yet persisted while a sign-up
            form is pending.
        account: allauth's account with the person's ``extra_data``.
        client_key: the app that vouched for them.
        scopes: what TikTok granted this time.
        created: whether this login made the user.
        pending: the steps that remain before they are logged in; usually none.
    """

    user: Any
    account: SocialAccount
    client_key: str
    scopes: tuple[str, ...]
    created: bool
    pending: tuple[PendingFlow, ...] = ()


@sensitive_variables()
def login(
    request: HttpRequest, provider: Any, code: str, process: Process = "login"
) -> Outcome:
    """Log in the person whom TikTok's one-time ``code`` belongs to.

    Arguments:
        provider: allauth's provider for the app that the code was issued for.
        code: from ``TTMinis.login``, at most 2,048 characters.
        process: "login"; "connect" adds the TikTok account to the current user;
            "switch" leaves the current user for the code's.

    Raises a LoginRefused; then no user, account or identity was made.
    """
    if process == "connect" and not request.user.is_authenticated:
        raise LoginRequired
    sociallogin = verify(request, provider, code)
    sociallogin.state["process"] = process
    return second_look(request, sociallogin, _enter)


@sensitive_variables()
def verify(request: HttpRequest, provider: Any, code: str) -> TTMinisSocialLogin:
    """Exchange a code for an unsaved login, as allauth's ``verify_token`` wants it.

    Raises InvalidRequest, TooManyRejectedCodes, CodeRejected, Misconfigured or
    TikTokNotReached.
    """
    if not 0 < len(code) <= CODE_MAX_LENGTH or not code.isprintable():
        raise InvalidRequest(param="code")
    throttle.require_budget(request)
    try:
        token_grant = upstream.exchange(provider.app, code)
    except CodeRejected:
        throttle.count_rejection(request)
        raise
    sociallogin: TTMinisSocialLogin = provider.sociallogin_from_response(
        request, token_grant
    )
    return sociallogin


def second_look(
    request: HttpRequest,
    sociallogin: TTMinisSocialLogin,
    act: Callable[[HttpRequest, TTMinisSocialLogin], _T],
) -> _T:
    """Act, and once more if a parallel first login of the same person was first.

    The code is spent by then, its grant is not: the second look finds the winner.
    """
    try:
        return act(request, sociallogin)
    except FirstLoginRaced:
        provider, token_grant = sociallogin.provider, sociallogin.token_grant
        again = provider.sociallogin_from_response(request, token_grant)
        again.state = sociallogin.state
        return act(request, again)


def _enter(request: HttpRequest, sociallogin: TTMinisSocialLogin) -> Outcome:
    pending: tuple[PendingFlow, ...] = ()
    if sociallogin.step(request) is Step.STAY:
        pipeline.announce(request, sociallogin)
    else:
        pending = pipeline.complete(request, sociallogin)
    return Outcome(
        user=sociallogin.user,
        account=sociallogin.account,
        client_key=sociallogin.client_key,
        scopes=sociallogin.token_grant.scopes,
        created=sociallogin.created,
        pending=pending,
    )
