"""The configuration that a page's script reads, and a user's picture.

Plain functions; the template tags only hand their arguments on.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urljoin, urlsplit

from allauth import app_settings as allauth_settings
from allauth.headless import app_settings as headless_settings
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ttminis_auth.conf import conf
from ttminis_auth.core import logouts
from ttminis_auth.core.client_apps import client_key_named, get_provider
from ttminis_auth.errors import InvalidRequest, UnknownClientKey
from ttminis_auth.identity import initial, stored_data, visible_name
from ttminis_auth.models import Identity

LOOPBACK = ("127.0.0.1", "::1", "localhost")

PageProcess = Literal["login", "connect"]
PageMode = Literal["session", "token"]


def page_config(
    request: HttpRequest,
    *,
    client_key: str | None = None,
    name: str | None = None,
    silent: bool = True,
    process: PageProcess = "login",
    next_url: str | None = None,
) -> dict[str, object]:
    """Return the configuration as JSON can carry it; it holds no secret.

    It does hold the CSRF token and the user's id, so a page with it must not be
    cached for other visitors. Reading both sets ``Vary: Cookie``, for caches.
    """
    return {
        # A template for both places names a variable that only the export fills.
        "clientKey": app_client_key(request, client_key or None, name),
        "mode": "session",
        **_common(silent=silent, process=process, next_url=next_url),
        "loginUrl": reverse("ttminis_login_by_code"),
        "logoutUrl": reverse(
            # The script posts to either; allauth's has a page for visitors besides.
            "ttminis_logout" if allauth_settings.HEADLESS_ONLY else "account_logout"
        ),
        "csrfToken": get_token(request),
        "csrfCookie": conf.readable_csrf_cookie,
        "csrfHeader": conf.csrf_header,
        "logoutCookie": logouts.COOKIE if conf.has_logout_middleware else None,
        "userId": _user_id(request),
    }


def bundle_config(
    *,
    api_base: str,
    client_key: str | None = None,
    name: str | None = None,
    silent: bool = True,
    process: PageProcess = "login",
    next_url: str | None = None,
) -> dict[str, object]:
    """Return the configuration of a page that TikTok hosts; the same for all visitors.

    Arguments:
        api_base: where this site answers, as ``https://api.example``; a path is put
            before each of our paths.
        client_key: taken as it is, so that a machine without the site's database can
            build the page. None means the only app, and looks it up.
        name: the app's ``provider_id`` or ``name``, where there are several.
    """
    base = _api_base(api_base)
    session_url = base + _headless_path("headless:app:account:current_session")
    return {
        "clientKey": client_key or app_client_key(None, None, name),
        "mode": "token",
        **_common(silent=silent, process=process, next_url=next_url),
        "apiBase": base,
        "loginUrl": base + _headless_path("ttminis_app_code"),
        # allauth's: GET names the session's user, DELETE ends it.
        "sessionUrl": session_url,
        "logoutUrl": session_url,
        "refreshUrl": base + _headless_path("headless:app:tokens:refresh"),
        "tokenScheme": headless_settings.JWT_AUTHORIZATION_HEADER_SCHEME,
    }


def bundle_sdk_url(api_base: str) -> str:
    """Return where a page that TikTok hosts finds the SDK.

    The simulator's is often named by its path alone, which leads nowhere from there.
    """
    return urljoin(f"{_api_base(api_base)}/", conf.TTMINIS_SDK_URL)


def app_client_key(
    request: HttpRequest | None, client_key: str | None, name: str | None = None
) -> str:
    """Return the client key of the app that the page belongs to.

    Neither client key nor name means the only app; no request, that of any site. Raises
    ``ImproperlyConfigured`` where there is no such app, or more than one.
    """
    try:
        if name and not client_key:
            client_key = client_key_named(name, request)
        provider = get_provider(request, client_key)
    except UnknownClientKey as error:
        raise ImproperlyConfigured(
            "No such TikTok Minis app, or several of that name, in "
            'SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"] or among the social '
            "applications in the admin."
        ) from error
    except InvalidRequest as error:
        raise ImproperlyConfigured(
            "There are several TikTok Minis apps: name one by its provider_id, as "
            '{% ttminis_sdk name="drama" %}, or as client_key.'
        ) from error
    return str(provider.app.client_id)


def csp_nonce(request: HttpRequest | None, from_context: object) -> str:
    """Return the nonce of the Content-Security-Policy, or an empty string.

    django-csp puts it on the request, Django 6 into the context. Both make it when
    it is read first and are false until then, so its truth is not tested here.
    """
    nonce = getattr(request, "csp_nonce", None)
    if nonce is None:
        nonce = from_context
    return "" if nonce is None else str(nonce)


def messages() -> dict[str, str]:
    """Return what the buttons say in the language of the request.

    By error code, as far as the page finds the error itself; the server's refusals
    bring their own words.
    """
    return _progress() | _page_errors()


def avatar(user_or_identity: object) -> dict[str, object]:
    """Return how to show a user: ``url`` (or None), ``name`` and ``initial``.

    Arguments:
        user_or_identity: a user, which costs one query; or a ``SocialAccount`` or an
            ``Identity``, which costs none where account and user were fetched with it.
            None or an anonymous user gives an empty name.

    The address is what TikTok gave at the last consent, and may be dead by now.
    """
    account = _account(user_or_identity)
    data = stored_data(account.extra_data) if account else {}
    name = visible_name(str(data.get("display_name") or "")) or _username(
        user_or_identity
    )
    return {
        "url": _picture(data.get("avatar_url")),
        "name": name,
        "initial": initial(name),
    }


def _common(
    *, silent: bool, process: PageProcess, next_url: str | None
) -> dict[str, object]:
    if process not in ("login", "connect"):
        raise ImproperlyConfigured('process must be "login" or "connect".')
    return {
        # No user may find a TikTok account connected to theirs without having asked.
        "silent": silent and process == "login",
        "process": process,
        "next": next_url or None,
        "callStyle": conf.TTMINIS_SDK_CALL_STYLE,
        "sdkTimeout": round(conf.TTMINIS_SDK_TIMEOUT.total_seconds() * 1000),
        "messages": messages(),
        "language": get_language(),
    }


def _api_base(given: str) -> str:
    """Return the address without a slash at its end.

    The token travels there: without https, an attacker on the way could read it.
    """
    try:
        parts = urlsplit(given)
        hostname, _port = parts.hostname, parts.port
    except ValueError:
        hostname = None
    if not hostname or not _is_safe(parts.scheme, hostname) or "@" in parts.netloc:
        raise ImproperlyConfigured(
            "A page that TikTok hosts needs api_base, where this site answers, as "
            '"https://api.example"; http is for localhost alone.'
        )
    if parts.query or parts.fragment:
        raise ImproperlyConfigured("api_base must end with its path.")
    return parts.geturl().rstrip("/")


def _headless_path(name: str) -> str:
    if not allauth_settings.HEADLESS_ENABLED:
        raise ImproperlyConfigured(
            'A page that TikTok hosts needs "allauth.headless" in INSTALLED_APPS.'
        )
    try:
        return reverse(name)
    except NoReverseMatch as error:
        raise ImproperlyConfigured(
            "A page that TikTok hosts needs the URLs of allauth.urls and "
            'allauth.headless.urls, and "app" in HEADLESS_CLIENTS.'
        ) from error


def _account(user_or_identity: object) -> SocialAccount | None:
    if isinstance(user_or_identity, SocialAccount):
        return user_or_identity
    if isinstance(user_or_identity, Identity):
        return user_or_identity.account
    if (pk := getattr(user_or_identity, "pk", None)) is None:
        return None
    return max(_accounts_of(pk), key=_worth_showing, default=None)


def _accounts_of(user_pk: object) -> list[SocialAccount]:
    # A web login has no identity unless our provider stands in for allauth's own.
    tiktok = Q(ttminis_identity__isnull=False) | Q(provider="tiktok")
    accounts = SocialAccount.objects.filter(tiktok, Q(user=user_pk))
    return list(accounts.select_related("ttminis_identity").order_by("pk"))


def _worth_showing(account: SocialAccount) -> tuple[bool, float]:
    """Order accounts by what they have to show, then by how fresh it is."""
    identity = getattr(account, "ttminis_identity", None)
    fetched_at = identity and identity.profile_fetched_at
    stored = stored_data(account.extra_data)
    has_picture = _picture(stored.get("avatar_url")) is not None
    return has_picture, fetched_at.timestamp() if fetched_at else 0.0


def _username(user_or_identity: object) -> str:
    owner = (
        user_or_identity.account
        if isinstance(user_or_identity, Identity)
        else user_or_identity
    )
    user = owner.user if isinstance(owner, SocialAccount) else owner
    is_stored = getattr(user, "pk", None) is not None
    return str(getattr(user, "get_username", str)()) if is_stored else ""


def _picture(url: object) -> str | None:
    """Return the address if a page may load it; http is for the laptop alone."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        hostname = parts.hostname
    except ValueError:
        return None
    return str(url) if hostname and _is_safe(parts.scheme, hostname) else None


def _is_safe(scheme: str, hostname: str) -> bool:
    at_home = hostname in LOOPBACK or hostname.endswith(".localhost")
    return scheme == "https" or (scheme == "http" and at_home)


def _user_id(request: HttpRequest) -> str | None:
    user = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


def _progress() -> dict[str, str]:
    return {
        "busy": _("One moment, asking TikTok."),
        "login": _("You are logged in."),
        "connect": _("Your TikTok account is connected."),
        "authorize": _("Thank you for sharing it."),
        "profile_pending": _("Thank you. Your name and picture will follow."),
    }


def _page_errors() -> dict[str, str]:
    return {
        "not_in_tiktok": _("This works only when the page is opened inside TikTok."),
        "unsupported": _("Please update TikTok to use this."),
        "sdk_timeout": _("TikTok did not answer. Please try again."),
        # For the developer; visitors see it only before the app is set up.
        "portal_misconfigured": _("TikTok login is not fully set up yet (102102)."),
        # The person knows. A text would read like a fault.
        "cancelled": "",
        "sdk_failed": _("That did not work in TikTok. Please try again."),
        "network": _("The site could not be reached. Please try again."),
        "pending": _("One more step is needed to log in."),
        "session_lost": _(
            "You did not stay logged in. Cookies may be blocked for this site."
        ),
        # For the developer: the page lacks its configuration, or it leads elsewhere.
        "not_configured": _("This page is not set up for TikTok login."),
    }
