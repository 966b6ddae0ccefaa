"""Every way in which a login is refused, and a token is not to be had.

    LoginRefused                     code, message
    ├─ InvalidRequest                the call is wrong: fix it
    │  └─ UnknownClientKey
    ├─ CSRFFailed                    try again with the token that comes along
    ├─ LoginRequired                 connecting needs somebody to connect to
    ├─ CodeRejected                  ask the SDK for a new code
    ├─ TokenRefused                  ask the person to consent again
    ├─ SignupClosed, UserInactive    stop
    ├─ OriginRefused                 stop: another developer's page, or an unknown one
    ├─ LoginVetoed                   the project's own adapter said no
    ├─ AccountMismatch               ask the person
    ├─ ConnectedOther                ask the person
    ├─ Overtaken                     a parallel request was faster: look again
    ├─ TooManyRejectedCodes          wait ``retry_after`` seconds
    ├─ Misconfigured                 the operator must act
    └─ TikTokNotReached              log in again later

    TokenUnavailable                 identity
    ├─ ReauthorizationRequired       a new login helps; in a mini app it is silent
    └─ ScopeNotGranted               only the person's consent helps: authorize

The first are ``ValidationError`` because that is what allauth answers with a code;
where TikTok was the reason, its error is the ``__cause__`` and carries the ``log_id``.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import Identity


class LoginRefused(ValidationError):
    """A login did not happen, and nobody was made a user for it.

    Attributes:
        code: the word that a client can act on; part of the public contract.
        param: the request's field that is to blame, or None.
    """

    code: str
    text: str | Promise
    is_counted = False

    def __init__(self, text: str | Promise = "", *, param: str | None = None) -> None:
        super().__init__(str(text or self.text), code=type(self).code)
        self.param = param


class InvalidRequest(LoginRefused):
    """The request itself is malformed; TikTok was not asked."""

    code = "invalid_request"
    text = _("The request is malformed.")


class UnknownClientKey(InvalidRequest):
    """No configured app has this client key."""

    code = "unknown_client_key"
    text = _("No app with this client key is configured.")


class CSRFFailed(LoginRefused):
    """The request is forged, or the page's CSRF token is an old one."""

    code = "csrf_failed"
    text = _("Please allow this site's cookies and load the page anew.")


class LoginRequired(LoginRefused):
    """Only somebody who is logged in can connect a TikTok account."""

    code = "login_required"
    text = _("Log in first, then connect your TikTok account.")


class CodeRejected(LoginRefused):
    """TikTok says that the code is spent, expired or another app's."""

    code = "code_rejected"
    text = _("TikTok did not accept the login code. Please try again.")


class TokenRefused(LoginRefused):
    """TikTok does not take the token, or not for this."""

    code = "token_refused"
    text = _("TikTok did not share your profile. Please allow it again.")


class SignupClosed(LoginRefused):
    """The project takes no new users."""

    code = "signup_closed"
    text = _("Sign-up is currently closed.")


class UserInactive(LoginRefused):
    """The account was deactivated."""

    code = "user_inactive"
    text = _("This account is inactive.")


class OriginRefused(LoginRefused):
    """The request comes from a page that is not this app's own."""

    code = "origin_refused"
    text = _("This page may not log you in here.")


class LoginVetoed(LoginRefused):
    """The project's account adapter, or a login stage of it, ended the login."""

    code = "login_vetoed"
    text = _("You cannot log in here.")


class AccountMismatch(LoginRefused):
    """The code belongs to somebody else than the session's user."""

    code = "account_mismatch"
    text = _("You are logged in with another account.")


class ConnectedOther(LoginRefused):
    """The TikTok account already belongs to another user."""

    code = "connected_other"
    text = _("This TikTok account is already connected to another account.")


class Overtaken(LoginRefused):
    """A parallel request made or merged this person's user a moment earlier."""

    code = "login_again"
    text = _("Please log in again.")


class TooManyRejectedCodes(LoginRefused):
    """TikTok rejected too many codes from this address.

    Attributes:
        retry_after: seconds until another code is taken.
    """

    code = "rate_limited"
    text = _("Too many failed attempts. Please try again later.")

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Misconfigured(LoginRefused):
    """TikTok refuses the app's credentials, or the apps are set up ambiguously."""

    code = "misconfigured"
    text = _("TikTok login is not set up correctly.")


class TikTokNotReached(LoginRefused):
    """TikTok gave no usable answer; whether the code is spent is unknown.

    Attributes:
        retry_after: seconds that TikTok asked to wait, or None.
    """

    code = "tiktok_unavailable"
    text = _("TikTok cannot be reached right now. Please try again later.")

    def __init__(self, retry_after: int | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


class TokenUnavailable(Exception):
    """There is no token to act in this person's name.

    Attributes:
        identity: whose; None where a user has no TikTok identity at all.
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
