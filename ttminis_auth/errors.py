"""Why a login is refused, or a token is not available.

    LoginRefused                     code, status, message
    ├─ InvalidRequest                the call is wrong: fix it
    │  └─ UnknownClientKey
    ├─ CSRFFailed                    try again with the token that comes along
    ├─ LoginRequired                 connecting needs a user who is logged in
    ├─ CodeRejected                  ask the SDK for a new code
    ├─ TokenRefused                  ask the user to consent again
    ├─ SignupClosed, UserInactive    stop
    ├─ OriginRefused                 stop: another developer's page, or an unknown one
    ├─ LoginVetoed                   a hook of the project's said no
    ├─ AccountMismatch               ask the visitor
    ├─ ConnectedOther                ask the visitor
    ├─ ReauthenticationImpossible    stop, or let the user set a password first
    ├─ Overtaken                     a parallel request was faster: look again
    ├─ TooManyRejectedCodes          wait ``retry_after`` seconds
    ├─ Misconfigured                 the operator must act
    └─ TikTokNotReached              log in again later

    TokenUnavailable                 identity
    ├─ ReauthorizationRequired       a new login helps; in a mini app it is silent
    └─ ScopeNotGranted               only the user's consent helps: authorize

The first are ``ValidationError`` because that is what allauth answers with a code;
where TikTok was the reason, its error is the ``__cause__`` and carries the ``log_id``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponseBase, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import Identity

__all__ = [
    "AccountMismatch",
    "CSRFFailed",
    "CodeRejected",
    "ConnectedOther",
    "InvalidRequest",
    "LoginRefused",
    "LoginRequired",
    "LoginVetoed",
    "Misconfigured",
    "OriginRefused",
    "Overtaken",
    "ReauthenticationImpossible",
    "ReauthorizationRequired",
    "ScopeNotGranted",
    "SignupClosed",
    "TikTokNotReached",
    "TokenRefused",
    "TokenUnavailable",
    "TooManyRejectedCodes",
    "UnknownClientKey",
    "UserInactive",
]


class LoginRefused(ValidationError):
    """A login did not happen, and no user was made for it.

    A project may have subclasses of its own and raise them in its hooks. What such a
    class does not say is as with its parent.

    Attributes:
        code: the word that a client can act on; part of the public contract.
        status: the HTTP status that our own endpoints answer with.
        text: what the visitor reads.
        param: the request's field that is to blame, or None.
    """

    code: str = "login_vetoed"
    status: int = 403
    text: str | Promise = _("You cannot log in here.")

    def __init__(self, text: str | Promise = "", *, param: str | None = None) -> None:
        super().__init__(str(text or self.text), code=type(self).code)
        self.param = param

    def errors(self) -> list[dict[str, str]]:
        """Return the answer for a script: codes, texts and the fields to blame."""
        error = {"code": str(self.code), "message": str(self.messages[0])}
        return [error | ({"param": self.param} if self.param else {})]


class InvalidRequest(LoginRefused):
    """The request itself is malformed; TikTok was not asked."""

    code = "invalid_request"
    status = 400
    text = _("The request is malformed.")


class UnknownClientKey(InvalidRequest):
    """No configured app has this client key."""

    code = "unknown_client_key"
    text = _("No app with this client key is configured.")


class CSRFFailed(LoginRefused):
    """The request is forged, or the page's CSRF token is an old one."""

    code = "csrf_failed"
    status = 403
    text = _("Please allow this site's cookies and load the page anew.")


class LoginRequired(LoginRefused):
    """Only a user who is logged in can connect a TikTok account."""

    code = "login_required"
    status = 401
    text = _("Log in first, then connect your TikTok account.")


class CodeRejected(LoginRefused):
    """TikTok says that the code is spent, expired or another app's."""

    code = "code_rejected"
    status = 401
    text = _("TikTok did not accept the login code. Please try again.")


class TokenRefused(LoginRefused):
    """TikTok does not take the token, or not for this."""

    code = "token_refused"
    status = 401
    text = _("TikTok did not share your profile. Please allow it again.")


class SignupClosed(LoginRefused):
    """The project takes no new users."""

    code = "signup_closed"
    status = 403
    text = _("Sign-up is currently closed.")


class UserInactive(LoginRefused):
    """The account was deactivated."""

    code = "user_inactive"
    status = 403
    text = _("This account is inactive.")


class OriginRefused(LoginRefused):
    """The request comes from a page that is not this app's own."""

    code = "origin_refused"
    status = 403
    text = _("This page may not log you in here.")


class LoginVetoed(LoginRefused):
    """An adapter, a login stage or a receiver of the project's ended the login.

    Attributes:
        response: the JSON of an ``ImmediateHttpResponse``, if it is an error; a script
            could do nothing with a page or a redirect.
    """

    response: HttpResponseBase | None = None
    _told: Sequence[dict[str, str]] = ()

    @classmethod
    def by(cls, veto: Exception) -> Self:
        """Return the refusal for what a hook has raised."""
        refusal = cls()
        if isinstance(veto, ValidationError):
            refusal._told = [*_told(veto)]
        elif isinstance(veto, ImmediateHttpResponse):
            is_error = veto.response.status_code >= 400
            if is_error and isinstance(veto.response, JsonResponse):
                refusal.response = veto.response
        return refusal

    def errors(self) -> list[dict[str, str]]:
        return [*self._told] or super().errors()


class AccountMismatch(LoginRefused):
    """The code belongs to another user than the session."""

    code = "account_mismatch"
    status = 409
    text = _("You are logged in with another account.")


class ConnectedOther(LoginRefused):
    """The TikTok account already belongs to another user."""

    code = "connected_other"
    status = 409
    text = _("This TikTok account is already connected to another account.")


class ReauthenticationImpossible(LoginRefused):
    """Connecting needs a password or a second factor, and the user has neither."""

    code = "reauthentication_impossible"
    status = 403
    text = _("You have no password or second factor to confirm this with.")


class Overtaken(LoginRefused):
    """A parallel request made or merged this person's user a moment earlier."""

    code = "login_again"
    status = 409
    text = _("Please log in again.")


class TooManyRejectedCodes(LoginRefused):
    """TikTok rejected too many codes from this address.

    Attributes:
        retry_after: seconds until another code is taken.
    """

    code = "rate_limited"
    status = 429
    text = _("Too many failed attempts. Please try again later.")

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Misconfigured(LoginRefused):
    """TikTok refuses the app's credentials, or the apps are set up ambiguously."""

    code = "misconfigured"
    status = 503
    text = _("TikTok login is not set up correctly.")


class TikTokNotReached(LoginRefused):
    """TikTok gave no usable answer; whether the code is spent is unknown.

    Attributes:
        retry_after: seconds that TikTok asked to wait, or None.
    """

    code = "tiktok_unavailable"
    status = 503
    text = _("TikTok cannot be reached right now. Please try again later.")

    def __init__(self, retry_after: int | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


def _told(veto: ValidationError) -> Iterator[dict[str, str]]:
    """Yield the errors of a project's ValidationError, in the shape of ours."""
    fields = getattr(veto, "error_dict", {NON_FIELD_ERRORS: veto})
    for param, errors in fields.items():
        named = {} if param == NON_FIELD_ERRORS else {"param": str(param)}
        for error in getattr(errors, "error_list", errors):
            code = str(error.code or LoginVetoed.code)
            yield {"code": code, "message": str(error.messages[0]), **named}


class TokenUnavailable(Exception):
    """There is no token to act in this person's name.

    Attributes:
        identity: of the tokens; None where a user has no TikTok identity at all.
    """

    def __init__(self, identity: Identity | None) -> None:
        super().__init__(str(identity or "no TikTok identity"))
        self.identity = identity


class ReauthorizationRequired(TokenUnavailable):
    """None of their tokens works: let the page call ``TTMinisAuth.login()``."""


class ScopeNotGranted(TokenUnavailable):
    """They never agreed to this, or do so no more: ``TTMinisAuth.authorize()``.

    Attributes:
        scope: what was asked for.
    """

    def __init__(self, identity: Identity, scope: str) -> None:
        super().__init__(identity)
        self.scope = scope
