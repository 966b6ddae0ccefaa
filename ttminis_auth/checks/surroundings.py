"""What of Django's and allauth's settings makes a login less than it could be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from allauth import app_settings as allauth_settings
from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.auth_backends import AuthenticationBackend
from allauth.headless import app_settings as headless_settings
from allauth.socialaccount import app_settings
from django.contrib.auth import load_backend
from django.core import checks
from django.utils import timezone

from ..conf import conf
from ..core import session_hash, session_search
from ..errors import Misconfigured
from .hosted import has_jwt
from .values import can_be_read

# Before allauth had this setting, it let users pass who cannot reauthenticate.
_ASKS_ALL_USERS = hasattr(account_settings, "REAUTHENTICATION_METHODS")


def check_silence(**kwargs: object) -> list[checks.CheckMessage]:
    """Warn of settings that put a form in the way of every first login."""
    obstacles = {
        "SOCIALACCOUNT_AUTO_SIGNUP is False": not app_settings.AUTO_SIGNUP,
        "SOCIALACCOUNT_EMAIL_REQUIRED is True": app_settings.EMAIL_REQUIRED,
        "e-mail verification is mandatory": app_settings.EMAIL_VERIFICATION
        == EmailVerificationMethod.MANDATORY,
    }
    found = [obstacle for obstacle, is_there in obstacles.items() if is_there]
    if not found:
        return []
    return [
        checks.Warning(
            f"A first TikTok login cannot be silent: {', '.join(found)}.",
            hint="TikTok gives no e-mail address. Set SOCIALACCOUNT_AUTO_SIGNUP = "
            "True, SOCIALACCOUNT_EMAIL_REQUIRED = False and "
            'SOCIALACCOUNT_EMAIL_VERIFICATION = "none", or silence this check and '
            "show people the pending step.",
            id="ttminis_auth.W001",
        )
    ]


def check_codes_by_mail(**kwargs: object) -> list[checks.CheckMessage]:
    """Warn when a login needs a code by mail: TikTok's users have no address."""
    required = account_settings.LOGIN_BY_CODE_REQUIRED
    if required is not True and "socialaccount" not in (required or ()):
        return []
    return [
        checks.Warning(
            "ACCOUNT_LOGIN_BY_CODE_REQUIRED refuses TikTok users: allauth has no "
            "address to send a code to. A first login makes the user all the same.",
            hint='Name the logins that need a code, such as {"password"}, and leave '
            '"socialaccount" out.',
            id="ttminis_auth.W020",
        )
    ]


def check_token_copy(**kwargs: object) -> list[checks.CheckMessage]:
    """Warn when allauth keeps a second copy of the tokens, unencrypted."""
    if not app_settings.STORE_TOKENS:
        return []
    return [
        checks.Warning(
            "SOCIALACCOUNT_STORE_TOKENS keeps TikTok's tokens in clear.",
            hint="Leave it off: ttminis_auth stores the tokens encrypted, see "
            "TTMINIS_STORE_TOKENS.",
            id="ttminis_auth.W002",
        )
    ]


def check_logouts(**kwargs: object) -> list[checks.CheckMessage]:
    """Warn when the page's script would not hear of the site's own logouts."""
    if conf.has_logout_middleware or allauth_settings.HEADLESS_ONLY:
        return []
    return [
        checks.Warning(
            "MIDDLEWARE lacks ttminis_auth.middleware.TTMinisMiddleware: a visitor who "
            "logs out by a form or view of the site is logged in again silently.",
            hint='Add "ttminis_auth.middleware.TTMinisMiddleware" to MIDDLEWARE, at '
            "any place. Without it, only TTMinisAuth.logout() and what has the "
            "attribute data-ttminis-logout keep visitors logged out.",
            id="ttminis_auth.W018",
        )
    ]


def check_reauthentication(**kwargs: object) -> list[checks.CheckMessage]:
    """Warn when users who have TikTok alone can confirm nothing, from allauth 65.22 on.

    allauth asks them for a password or a second factor before an account is connected.
    """
    if not _ASKS_ALL_USERS or not _is_always_asked():
        return []
    return [
        checks.Warning(
            "A user who has only TikTok cannot connect an account: it needs "
            "reauthentication, for which such a user has no means.",
            hint="Set SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = False, or override "
            "is_reauthentication_required(app=...) in your account adapter. With "
            "ACCOUNT_REAUTHENTICATION_REQUIRED they cannot set a password either. "
            "Silence this check if your users have other ways to log in.",
            id="ttminis_auth.W016",
        )
    ]


def check_proxies(**kwargs: object) -> list[checks.CheckMessage]:
    """Warn when all visitors of a site behind a proxy would have one address.

    Whether there is a proxy cannot be known, so this runs with ``check --deploy`` only.
    """
    limited = can_be_read() and conf.TTMINIS_REJECTED_CODE_LIMIT
    if not limited or _addresses_are_known():
        return []
    return [
        checks.Warning(
            "Rejected codes are counted per address, and no proxy is trusted to give "
            "the visitors' addresses.",
            hint="Behind a proxy with a private address, or on a Unix socket, nothing "
            "is limited then. Behind a proxy with a public address, all visitors share "
            "one budget, and one of them could use it up for the others. Set "
            "ALLAUTH_TRUSTED_PROXY_COUNT, or ALLAUTH_TRUSTED_CLIENT_IP_HEADER. Silence "
            "this check if there is no proxy.",
            id="ttminis_auth.W011",
        )
    ]


def check_sessions(**kwargs: object) -> list[checks.CheckMessage]:
    """Return which sessions could not be ended, whatever the project asks for."""
    found = [*_unbound_sessions(), *_foreign_sessions(), *_stateless_tokens()]
    return [*found, *_lost_sessions()] if can_be_read() else found


def _unbound_sessions() -> Iterator[checks.CheckMessage]:
    try:
        session_hash.backend_path()
    except Misconfigured:
        yield checks.Error(
            "AUTHENTICATION_BACKENDS lacks ttminis_auth.backends.TTMinisBackend.",
            hint="Add it, or a class of yours that is derived from it. It is what ends "
            "the sessions of users who removed the app, so without it every TikTok "
            "login is refused.",
            id="ttminis_auth.E013",
        )


def _foreign_sessions() -> Iterator[checks.CheckMessage]:
    # A login by a sign-up form names no backend. allauth takes its own, or the first.
    backends = [load_backend(path) for path in conf.authentication_backends]
    is_ours = [getattr(each, "binds_sessions", False) for each in backends]
    if any(isinstance(each, AuthenticationBackend) for each in backends):
        return
    if is_ours[:1] == [True] and not all(is_ours):
        yield checks.Warning(
            "TTMinisBackend stands first in AUTHENTICATION_BACKENDS, without allauth's "
            "own: allauth gives it the sessions of other logins, which end at once.",
            hint='Add "allauth.account.auth_backends.AuthenticationBackend", or put '
            "TTMinisBackend at the end.",
            id="ttminis_auth.W021",
        )


def _stateless_tokens() -> Iterator[checks.CheckMessage]:
    if not allauth_settings.HEADLESS_ENABLED or not has_jwt():
        return
    if not headless_settings.JWT_STATEFUL_VALIDATION_ENABLED:
        seconds = headless_settings.JWT_ACCESS_TOKEN_EXPIRES_IN
        yield checks.Warning(
            "JSON web tokens that were issued before a user's sessions ended are good "
            f"until they expire, {seconds} seconds at most.",
            hint="Set HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True. Your API then "
            "asks for the session of each token. Or silence this check.",
            id="ttminis_auth.W015",
        )


def _lost_sessions() -> Iterator[checks.CheckMessage]:
    wanted = "end_sessions" in chain(*conf.TTMINIS_REMOVAL_ACTIONS.values())
    if not wanted or session_search.finds_all():
        return
    if session_search.can_be_found():
        yield checks.Warning(
            'TTMINIS_REMOVAL_ACTIONS has "end_sessions", and sessions that began at '
            "Django's own login pages would not be found.",
            hint="Set USERSESSIONS_TRACK_ACTIVITY = True, and add "
            "allauth.usersessions.middleware.UserSessionsMiddleware to MIDDLEWARE.",
            id="ttminis_auth.W012",
        )
    else:
        yield checks.Warning(
            'TTMINIS_REMOVAL_ACTIONS has "end_sessions", and only sessions that Minis '
            "logins began would end.",
            hint="Add allauth.usersessions to INSTALLED_APPS, with its middleware, or "
            "keep sessions in the database, and in any case not in cookies: "
            'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db".',
            id="ttminis_auth.W012",
        )


def _is_always_asked() -> bool:
    adapter: object = DefaultAccountAdapter
    ask = "is_reauthentication_required"
    adapted = getattr(type(get_adapter()), ask) is not getattr(adapter, ask)
    return not adapted and bool(app_settings.REAUTHENTICATION_REQUIRED)


def _addresses_are_known() -> bool:
    adapted = (
        type(get_adapter()).get_client_ip is not DefaultAccountAdapter.get_client_ip
    )
    proxies = allauth_settings.TRUSTED_PROXY_COUNT
    return bool(adapted or proxies or allauth_settings.TRUSTED_CLIENT_IP_HEADER)


def check_times(**kwargs: object) -> list[checks.CheckMessage]:
    """Refuse local times: TikTok's are in UTC, and the two cannot be compared."""
    if timezone.is_aware(timezone.now()):
        return []
    return [
        checks.Error(
            "USE_TZ is False, and TikTok's times cannot be compared with local ones.",
            hint="Set USE_TZ = True, Django's default. Without it, webhooks fail, and "
            "in the hour of a change of the clock tokens seem to live longer.",
            id="ttminis_auth.E011",
        )
    ]
