"""What a page is told: the configuration that ttminis-auth.js reads.

Plain functions of a request; the template tags only hand their arguments on.
"""

from __future__ import annotations

from typing import Any, Literal

from allauth.socialaccount.adapter import get_adapter
from django.core.exceptions import (
    ImproperlyConfigured,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
)
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _

from ttminis_auth.conf import conf

PageProcess = Literal["login", "connect"]


def page_config(
    request: HttpRequest,
    *,
    client_key: str | None = None,
    silent: bool = True,
    process: PageProcess = "login",
    next_url: str | None = None,
) -> dict[str, Any]:
    """Return the configuration as JSON can carry it; it holds no secret.

    It does hold the CSRF token and the user's id, so a page with it must not be
    cached for everybody. Reading both sets ``Vary: Cookie``, which tells caches.
    """
    if process not in ("login", "connect"):
        raise ImproperlyConfigured('process must be "login" or "connect".')
    return {
        "clientKey": app_client_key(request, client_key),
        "mode": "session",
        # Nobody may find a TikTok account attached to theirs without having asked.
        "silent": silent and process == "login",
        "process": process,
        "loginUrl": reverse("ttminis_login_by_code"),
        "logoutUrl": reverse("account_logout"),
        "next": next_url or None,
        "callStyle": conf.TTMINIS_SDK_CALL_STYLE,
        "sdkTimeout": round(conf.TTMINIS_SDK_TIMEOUT.total_seconds() * 1000),
        "csrfToken": get_token(request),
        "userId": _user_id(request),
        "messages": messages(),
    }


def app_client_key(request: HttpRequest, client_key: str | None) -> str:
    """Return the client key of the app that the page belongs to.

    ``None`` means the only one. Raises ``ImproperlyConfigured`` where there is no
    such app, or more than one.
    """
    try:
        provider = get_adapter().get_provider(request, "ttminis", client_id=client_key)
    except MultipleObjectsReturned as error:
        raise ImproperlyConfigured(
            "There are several TikTok Minis apps: give the tag a client_key."
        ) from error
    except ObjectDoesNotExist as error:
        raise ImproperlyConfigured(
            'No such TikTok Minis app in SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"] '
            "or among the social applications in the admin."
        ) from error
    return str(provider.app.client_id)


def csp_nonce(request: HttpRequest, from_context: object) -> str:
    """Return the nonce of the Content-Security-Policy, or an empty string.

    django-csp puts it on the request, Django 6 into the context. Both make it when
    it is read first and are false until then, hence no test for truth here.
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


def _user_id(request: HttpRequest) -> str | None:
    user = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


def _progress() -> dict[str, str]:
    return {
        "busy": _("One moment, asking TikTok."),
        "login": _("You are logged in."),
        "connect": _("Your TikTok account is connected."),
    }


def _page_errors() -> dict[str, str]:
    return {
        "not_in_tiktok": _("This works only when the page is opened inside TikTok."),
        "unsupported": _("Please update TikTok to log in here."),
        "sdk_timeout": _("TikTok did not answer. Please try again."),
        # For whoever runs the app; visitors see it only before it is set up.
        "portal_misconfigured": _("TikTok login is not fully set up yet (102102)."),
        # The person knows. A text would read like a fault.
        "cancelled": "",
        "sdk_failed": _("TikTok could not log you in. Please try again."),
        "network": _("The site could not be reached. Please try again."),
        "pending": _("One more step is needed to log in."),
    }
