"""``{% load ttminis %}``: SDK, buttons and picture, as thin tags over ``page``.

``{% ttminis_sdk %}``               SDK, configuration and script; once in a page
``{% ttminis_login_button %}``      logs in
``{% ttminis_connect_button %}``    adds the TikTok account to the user who is logged in
``{% ttminis_authorize_button %}``  asks the person for their name and picture
``{% ttminis_avatar user %}``       shows that picture, or an initial
"""

from __future__ import annotations

from typing import Any

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from ttminis_auth.conf import conf
from ttminis_auth.page.config import (
    PageMode,
    PageProcess,
    avatar,
    bundle_config,
    bundle_sdk_url,
    csp_nonce,
    page_config,
)

register = template.Library()

# Each leaves out the code that only the other kind of page needs.
SCRIPT = "ttminis_auth/ttminis-auth.js"
HOSTED_SCRIPT = "ttminis_auth/ttminis-auth.token.js"

BUTTON_CLASS = "ttminis-auth-button"
AVATAR_CLASS = "ttminis-auth-avatar"


@register.inclusion_tag("ttminis_auth/sdk.html", takes_context=True)
def ttminis_sdk(
    context: template.Context,
    *,
    silent: bool = True,
    client_key: str | None = None,
    name: str | None = None,
    next: str | None = None,  # noqa: A002  the word that Django's own templates use
    process: PageProcess = "login",
    inline_init: bool = True,
    mode: PageMode = "session",
    api_base: str | None = None,
) -> dict[str, object]:
    """Load TikTok's SDK and log the page in.

    ``silent=False`` waits for a button. ``next`` is where to go after a login, if
    allauth calls it safe; by default the page stays. Under a Content-Security-Policy
    that allows no inline script and has no nonce, ``inline_init=False`` leaves the
    call of ``TTMinis.init`` to the script file. Where the site has several apps,
    ``name`` is the ``provider_id`` or ``name`` of the page's; ``client_key`` does, too.

    ``mode="token"`` is for a page that TikTok hosts. It talks to ``api_base``, says
    who is there by a token in place of a cookie, and takes nothing of a request.
    """
    request: HttpRequest | None = context.get("request")
    return {
        "sdk_url": _sdk_url(mode, api_base),
        "nonce": csp_nonce(request, context.get("csp_nonce")),
        "inline_init": inline_init,
        "script": HOSTED_SCRIPT if mode == "token" else SCRIPT,
        "config": _config(
            mode,
            context,
            api_base,
            client_key=client_key,
            name=name,
            silent=silent,
            process=process,
            next_url=next,
        ),
    }


@register.inclusion_tag("ttminis_auth/login_button.html")
def ttminis_login_button(
    text: str = "", css_class: str = BUTTON_CLASS
) -> dict[str, str]:
    """Show a button that logs in, with a place for what there is to say."""
    return {"text": text, "css_class": css_class}


@register.inclusion_tag("ttminis_auth/connect_button.html")
def ttminis_connect_button(
    text: str = "", css_class: str = BUTTON_CLASS
) -> dict[str, str]:
    """Show a button that connects, with a place for what there is to say."""
    return {"text": text, "css_class": css_class}


@register.inclusion_tag("ttminis_auth/authorize_button.html")
def ttminis_authorize_button(
    *,
    scope: str = "user.info.basic",
    return_scopes: bool = False,
    text: str = "",
    css_class: str = BUTTON_CLASS,
) -> dict[str, object]:
    """Show a button that opens TikTok's consent dialog.

    ``scope`` may name several, separated by commas. ``return_scopes=True`` lets the
    page's scripts know what was granted; the server knows in any case.
    """
    return {
        "scope": scope,
        "return_scopes": "true" if return_scopes else "false",
        "text": text,
        "css_class": css_class,
    }


@register.inclusion_tag("ttminis_auth/avatar.html")
def ttminis_avatar(
    user_or_identity: object, size: int = 48, css_class: str = AVATAR_CLASS
) -> dict[str, object]:
    """Show the TikTok picture of a user, ``size`` pixels wide, or their initial.

    A user costs one query. In a list, hand over a ``SocialAccount`` or an ``Identity``
    fetched with its account. An address that TikTok let expire is noticed by the
    script of ``{% ttminis_sdk %}``, which then shows the initial.
    """
    return {"avatar": avatar(user_or_identity), "size": size, "css_class": css_class}


def _sdk_url(mode: PageMode, api_base: str | None) -> str:
    return bundle_sdk_url(api_base or "") if mode == "token" else conf.TTMINIS_SDK_URL


def _config(
    mode: PageMode, context: template.Context, api_base: str | None, **options: Any
) -> dict[str, object]:
    if mode == "token":
        return bundle_config(api_base=api_base or "", **options)
    # A variable that the context lacks arrives as "": one template serves both places.
    if mode not in ("session", ""):
        raise ImproperlyConfigured('mode must be "session" or "token".')
    if context.get("ttminis_mode") == "token":
        raise ImproperlyConfigured(
            "A page that TikTok hosts needs {% ttminis_sdk mode=ttminis_mode "
            "api_base=api_base client_key=client_key %}."
        )
    request: HttpRequest | None = context.get("request")
    if request is None:
        raise ImproperlyConfigured(
            '{% ttminis_sdk %} finds no "request" in the context: render the template '
            "with the request, and with the context processor "
            "django.template.context_processors.request. Only a page that TikTok hosts "
            'does without, by mode="token" and api_base.'
        )
    return page_config(request, **options)
