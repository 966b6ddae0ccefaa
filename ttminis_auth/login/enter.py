"""Enter with a code of ``TTMinis.login``: first login, return, connect, switch.

The table of ``policy`` says what a code may do to the session; this module does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..core import counts, database, session_hash, upstream
from ..errors import CodeRejected, InvalidRequest, LoginRequired, Overtaken
from ..identity import Person
from ..tiktok.secret import Secret
from ..tiktok.types import TokenGrant
from . import allauth_steps, rate_limit
from .allauth_steps import PendingFlow
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
        profile_pending: whether the person shared a profile that TikTok did not
            give us yet.
    """

    user: Any
    account: SocialAccount
    client_key: str
    scopes: tuple[str, ...]
    created: bool
    pending: tuple[PendingFlow, ...] = ()
    profile_pending: bool = False


@sensitive_variables()
def login(
    request: HttpRequest, provider: Any, code: Secret, process: Process = "login"
) -> Outcome:
    """Log in the person whom TikTok's one-time ``code`` belongs to.

    Arguments:
        provider: allauth's provider for the app that the code was issued for.
        code: from ``TTMinis.login``, at most 2,048 characters.
        process: "login"; "connect" adds the TikTok account to the current user;
            "switch" leaves the current user for the code's.

    Raises a LoginRefused; then no user, account or identity was made.
    """
    # Before the exchange: a code that is spent for nothing costs the person another
    # round through the SDK.
    if process == "connect" and not request.user.is_authenticated:
        raise LoginRequired
    sociallogin = verify(request, provider, code)
    sociallogin.state["process"] = process
    return second_look(request, sociallogin, enter)


@sensitive_variables()
def verify(request: HttpRequest, provider: Any, code: Secret) -> TTMinisSocialLogin:
    """Exchange a code for an unsaved login, as allauth's ``verify_token`` wants it.

    Raises what ``redeem`` does, and Misconfigured where AUTHENTICATION_BACKENDS lacks
    ours.
    """
    session_hash.backend_path()  # or refuse, before the code is spent for nothing
    asked_at = timezone.now()
    token_grant = redeem(request, provider.app, code)
    person = Person(token_grant=token_grant, asked_at=asked_at)
    sociallogin: TTMinisSocialLogin = provider.sociallogin_from_response(
        request, person
    )
    return sociallogin


@sensitive_variables()
def redeem(
    request: HttpRequest, app: SocialApp, code: Secret, **web: Any
) -> TokenGrant:
    """Exchange a code, unless the address has sent too many bad ones.

    A code of the web goes with its ``redirect_uri`` and its ``code_verifier``, if any.
    Raises InvalidRequest, TooManyRejectedCodes, CodeRejected, Misconfigured or
    TikTokNotReached.
    """
    with counts.refusals(app.client_id):
        if not _is_plausible(code.reveal()):
            raise InvalidRequest(param="code")
        rate_limit.require_budget(request)
        try:
            return upstream.exchange(app, code, **web)
        except CodeRejected:
            rate_limit.count_rejection(request)
            raise


def _is_plausible(code: object) -> bool:
    # OAuth's codes are of visible ASCII and blanks (RFC 6749, A.11). Other printable
    # characters show nothing either, and a view may pass on a field that was not sent.
    if not isinstance(code, str) or not 0 < len(code) <= CODE_MAX_LENGTH:
        return False
    return code.isascii() and code.isprintable() and not code.isspace()


def second_look(
    request: HttpRequest,
    sociallogin: TTMinisSocialLogin,
    act: Callable[[HttpRequest, TTMinisSocialLogin], _T],
) -> _T:
    """Act, and once more if a parallel request of the same person was faster.

    The code is spent by then, its grant is not: the second look finds the winner.
    """
    try:
        return act(request, sociallogin)
    except Overtaken:
        return act(request, sociallogin.anew(request))


def enter(request: HttpRequest, sociallogin: TTMinisSocialLogin) -> Outcome:
    """Do to the session what the policy says; raises LoginRefused."""
    pending: tuple[PendingFlow, ...] = ()
    if sociallogin.step(request) is Step.STAY:
        allauth_steps.announce(request, sociallogin)
        counts.entered(sociallogin)
    else:
        pending = _complete(request, sociallogin)
    return Outcome(
        user=sociallogin.user,
        account=sociallogin.account,
        client_key=sociallogin.client_key,
        scopes=sociallogin.token_grant.scopes,
        created=sociallogin.created,
        pending=pending,
    )


def _complete(
    request: HttpRequest, sociallogin: TTMinisSocialLogin
) -> tuple[PendingFlow, ...]:
    try:
        return allauth_steps.complete(request, sociallogin)
    except DatabaseError:
        if not was_merged_away(request, sociallogin):
            raise
        raise Overtaken from None


def was_merged_away(request: HttpRequest, sociallogin: TTMinisSocialLogin) -> bool:
    """Say whether a merge explains a DatabaseError of a login; if so, leave its user.

    Django notes the last login by an UPDATE that has to find its row, and since we
    looked, a merge may have taken that away. Only a row that was there can be taken
    away: any other error is somebody's bug, or the database's, and has to be seen.
    """
    pk = sociallogin.stored_user_pk
    # Of all users: one whom the project hides is not gone.
    users = get_user_model()._base_manager.using(database.alias())
    if pk is None or users.filter(pk=pk).exists():
        return False
    # The session is half-way to somebody who is no more.
    get_account_adapter(request).logout(request)
    return True
