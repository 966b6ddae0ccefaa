"""The steps of a login that only allauth's internals give.

allauth promises nothing about ``allauth.*.internal``, so what is used of it for a
login stands here and nowhere else, under the name of what it gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.internal import stagekit
from allauth.account.internal.flows import reauthentication
from allauth.account.signals import user_signed_up
from allauth.core.exceptions import ReauthenticationRequired, SignupClosedException
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import flows
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from ..errors import LoginVetoed, ReauthenticationImpossible, SignupClosed

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


def announce(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Look the account up and run the project's ``pre_social_login`` hooks."""
    flows.login.pre_social_login(request, sociallogin)


def complete(request: HttpRequest, sociallogin: SocialLogin) -> tuple[PendingFlow, ...]:
    """Log in, sign up or connect as allauth does for any provider.

    Returns the steps that remain; none of them means that it is done. Raises
    SignupClosed or LoginVetoed, and lets pass what hooks raise; see ``hooks``.
    """
    # Told to raise, allauth leaves it to us to answer. Otherwise it renders a page for
    # a closed sign-up, with status 200, and a script would take that for a success.
    try:
        flows.login.complete_login(request, sociallogin, raises=True)
    except SignupClosedException:
        raise SignupClosed from None
    except ReauthenticationRequired:
        return tuple(_ways_to_reauthenticate(request))
    return () if request.user.is_authenticated else (_pending(request),)


def require_way_to_reauthenticate(request: HttpRequest) -> None:
    """Raise ReauthenticationImpossible for a user who is asked for it and cannot.

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
    if not get_adapter().is_open_for_signup(request, sociallogin):
        raise SignupClosed
    if not flows.signup.process_auto_signup(request, sociallogin)[0]:
        raise LoginVetoed
    user = get_adapter().save_user(request, sociallogin, form=None)
    user_signed_up.send(
        sender=type(user), request=request, user=user, sociallogin=sociallogin
    )


def _ways_to_reauthenticate(request: HttpRequest) -> Iterator[PendingFlow]:
    """Yield each way that this user has: for many of them there is no password."""
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
