"""Log in, connect, switch or authorize with a code of the SDK's, in this order.

1. ``verify`` has TikTok name the user of the code.
2. ``sociallogin.step`` finds that person, and asks ``policy`` what may become of the
   session.
3. A consent brings the profile.
4. ``allauth_steps`` has allauth run the project's hooks, store the login, which is
   ``sociallogin.lookup`` or ``save``, and log in.

If a parallel request was faster, steps 2 and 4 are done once more with the same answer
of TikTok.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.base import Provider
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.contrib.messages.storage.base import BaseStorage, Message
from django.db import DatabaseError
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..core import concurrent_calls, counts, database, session_hash, sessions, upstream
from ..errors import CodeRejected, InvalidRequest, LoginRequired, Overtaken
from ..identity import Person
from ..linking import detect
from ..profile.user_info import fetch_after_consent
from ..tiktok.scopes import user_info_fields
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
        user: the user of the code's TikTok account; not yet saved while a sign-up
            form is pending.
        account: allauth's account with the person's ``extra_data``.
        client_key: the app that vouched for them.
        scopes: what TikTok granted this time.
        created: whether this login made the user.
        pending: the steps that remain before they are logged in; usually none.
        profile_pending: whether the person shared a profile that TikTok did not
            give us yet.
    """

    user: User
    account: SocialAccount
    client_key: str
    scopes: tuple[str, ...]
    created: bool
    pending: tuple[PendingFlow, ...] = ()
    profile_pending: bool = False


@sensitive_variables()
def run(
    request: HttpRequest, provider: Provider, code: Secret, process: Process
) -> Outcome:
    """Do what a page asks for with TikTok's one-time ``code``.

    Arguments:
        provider: allauth's provider for the app that the code was issued for.
        code: of the SDK, at most 2,048 characters.
        process: "login"; "connect" adds the TikTok account to the current user;
            "switch" leaves the current user for the code's; "authorize" stores the
            profile of a user who just consented to share it.

    Raises a LoginRefused. Then no user, account or identity was made, unless a hook of
    the project refused a user who had been made.
    """
    with allauth_steps.may_refuse(request), _without_messages(request):
        # Before the exchange: a code that is spent for nothing costs the person another
        # round through the SDK.
        if process == "connect" and not request.user.is_authenticated:
            raise LoginRequired
        if process == "authorize":
            return _authorize(request, provider, code)
        sociallogin = verify(request, provider, code)
        sociallogin.state["process"] = process
        return second_look(request, sociallogin, enter)


@sensitive_variables()
def _authorize(request: HttpRequest, provider: Provider, code: Secret) -> Outcome:
    """Log in or upgrade the user of a consent's code.

    Scopes come from TikTok's answer and never from the page, which could claim any.
    When TikTok grants the scope and then fails to answer with the profile, the grant
    is kept and the outcome says ``profile_pending``.
    """
    # One place for both calls: otherwise a busy moment could spend the code and then
    # refuse the profile.
    with concurrent_calls.place():
        sociallogin = verify(request, provider, code)
        sociallogin.state["process"] = "authorize"
        # Refuse a stranger's code before TikTok is asked for the stranger's profile.
        sociallogin.step(request)
        user_info = fetch_after_consent(provider.app, sociallogin.token_grant)
    if user_info:
        person = replace(sociallogin.person, user_info=user_info)
        # The user may have been banned or deleted while TikTok was asked.
        sociallogin = sociallogin.anew(request, person)
    outcome = second_look(request, sociallogin, enter)
    if user_info and not outcome.pending:
        outcome = _link(request, sociallogin, outcome)
    expected = bool(user_info_fields(sociallogin.token_grant.scopes))
    return replace(outcome, profile_pending=expected and user_info is None)


@sensitive_variables()
def verify(
    request: HttpRequest, provider: Provider, code: Secret
) -> TTMinisSocialLogin:
    """Exchange a code for an unsaved login, as allauth's ``verify_token`` wants it.

    Raises what ``redeem`` does, and Misconfigured where AUTHENTICATION_BACKENDS lacks
    ours.
    """
    session_hash.backend_path()  # refuse before the code is spent for nothing
    asked_at = timezone.now()
    token_grant = redeem(request, provider.app, code)
    person = Person(token_grant=token_grant, asked_at=asked_at)
    login: TTMinisSocialLogin = provider.sociallogin_from_response(request, person)
    return login


@sensitive_variables()
def redeem(
    request: HttpRequest, app: SocialApp, code: Secret, **web: Any
) -> TokenGrant:
    """Exchange a code, unless the address has sent too many bad ones.

    A code of the web goes with its ``redirect_uri`` and its ``code_verifier``, if any.
    Raises InvalidRequest, TooManyRejectedCodes, CodeRejected, Misconfigured or
    TikTokNotReached.
    """
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
    """Act, and act once more if a parallel request of the same user was faster.

    The code is spent by then, but its grant is still good. The second attempt finds
    what the faster request stored.
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
    """Return whether a merge explains a DatabaseError of a login; if so, log out.

    Django stores the last login by an UPDATE that has to find its row. A merge may have
    deleted that row since it was read. Any other error is a bug, or the database's, and
    must not be hidden.
    """
    pk = sociallogin.stored_user_pk
    # Ask all users: one that the project's manager hides still exists.
    users = get_user_model()._base_manager.using(database.alias())
    if pk is None or users.filter(Q(pk=pk)).exists():
        return False
    # The session already names a deleted user.
    get_account_adapter().logout(request)
    return True


def _link(
    request: HttpRequest, sociallogin: TTMinisSocialLogin, outcome: Outcome
) -> Outcome:
    """Join the person's other users as the project's policy says.

    If the merge deleted the user who is logged in, the user who stayed is logged in,
    through the whole login: that user may need a second factor.
    """
    merged = detect.consider(outcome.account.ttminis_identity)
    if not merged:
        return outcome
    if merged == outcome.user:
        detect.keep_logged_in(request, merged)
        return outcome
    kept = sessions.data(request)
    again = sociallogin.after_merge(request)
    again.state["process"] = "switch"
    outcome = enter(request, again)
    if not outcome.pending:
        request.session.update(kept)
    return outcome


@contextmanager
def _without_messages(request: HttpRequest) -> Iterator[None]:
    """Keep allauth from queueing "signed in as …" for a login that shows no page.

    The answer says it to the script already. A queued message would wait for the next
    page that shows messages, perhaps days and many silent logins later.
    """
    if not hasattr(request, "_messages"):
        yield  # a project without django.contrib.messages
        return
    queue, request._messages = request._messages, _NoQueue(request)
    try:
        yield
    finally:
        request._messages = queue


class _NoQueue(BaseStorage):
    """Messages that last as long as the login; the project's hooks may read them."""

    def _get(self) -> tuple[list[Message], bool]:
        return [], True
