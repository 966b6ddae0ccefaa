"""Log in on a web site, through Login Kit's redirect.

Here allauth's ``state`` ties the code to the browser that asked for it, so a web login
may do what allauth lets any login do: the policy for the codes of Minis is not asked.
"""

from __future__ import annotations

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import Provider
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..core import upstream
from ..errors import UserInactive
from ..identity import Person
from ..linking import detect
from ..login.policy import Step
from ..login.sociallogin import TTMinisSocialLogin
from ..profile.user_info import require_same_person
from ..tiktok.scopes import user_info_fields
from ..tiktok.types import TokenGrant, UserInfo


class WebSocialLogin(TTMinisSocialLogin):
    """A web login in progress; keeps an identity and a grant as a Minis login does."""

    is_minis, is_allauths = False, True

    def step(self, request: HttpRequest) -> Step:
        """Leave it to allauth which user may log in over which session."""
        return Step.ENTER

    def connect(self, request: HttpRequest, user: User) -> None:
        """Add the account to the user; raises PermissionDenied for an inactive one."""
        try:
            super().connect(request, user)
        except UserInactive:
            # allauth answers every ValidationError here with "the account is connected
            # to another user", and this with the way to log in.
            raise PermissionDenied from None


@sensitive_variables()
def identify(
    request: HttpRequest, provider: Provider, token_grant: TokenGrant
) -> WebSocialLogin:
    """Return an unsaved login of the person who was granted a token.

    Raises TokenRefused, Misconfigured or TikTokNotReached: to sign up without the
    name that the user just agreed to share would be worse than to try again.
    """
    user_info = _profile(provider.app, token_grant)
    person = Person(token_grant=token_grant, user_info=user_info)
    sociallogin: WebSocialLogin = provider.sociallogin_from_response(request, person)
    return sociallogin


def join(
    request: HttpRequest, sociallogin: TTMinisSocialLogin
) -> TTMinisSocialLogin | None:
    """Join the person's other users as the project's policy says, after a login.

    Returns the login to go through once more where a merge took away the user of this
    one, or else None. A user whose sign-up waits for a form is merged at their next
    login.
    """
    connecting = sociallogin.state.get("process") == "connect"
    if connecting and not request.user.is_authenticated:
        return None  # no user to connect to, and the visitor did not ask to log in
    if sociallogin.account._state.adding:
        return None
    stayed = detect.consider(sociallogin.account.ttminis_identity)
    if stayed is None:
        return None
    detect.keep_logged_in(request, stayed)
    if not _is_gone(_whoever(request, sociallogin)):
        return None
    again = sociallogin.after_merge(request)
    again.state = {**sociallogin.state, "process": "login"}
    return again


def with_client_key(state_id: str, client_key: str) -> str:
    """Return an OAuth state that says which app it was made for.

    All apps share one redirect address, which TikTok allows no parameter; so of what
    comes back, the state alone can name the app. It counts only where the whole of it
    is known to the session, so no attacker can name another app.
    """
    return f"{state_id}.{client_key}"


def client_key_in(state_id: str) -> str | None:
    """Return the app that a state was made for, or None where it does not say."""
    return state_id.rpartition(".")[2] if "." in state_id else None


def _profile(app: SocialApp, token_grant: TokenGrant) -> UserInfo | None:
    fields = user_info_fields(token_grant.scopes)
    if not fields:
        return None
    info = upstream.user_info(app, token_grant.access_token, fields)
    require_same_person(token_grant.open_id, info)
    return info


def _whoever(request: HttpRequest, sociallogin: TTMinisSocialLogin) -> User:
    """Return the session's user, or the one who will be after a pending step."""
    return request.user if request.user.is_authenticated else sociallogin.user


def _is_gone(user: User) -> bool:
    found = get_user_model()._default_manager.filter(pk=user.pk).first()
    return found is None or not found.is_active
