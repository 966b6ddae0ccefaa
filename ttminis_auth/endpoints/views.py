"""The page with the login button, and the JSON endpoint behind it."""

from __future__ import annotations

from allauth import app_settings as allauth_settings
from allauth.account.adapter import get_adapter
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from ..core import concurrent_calls, counts
from ..core.client_apps import get_provider
from ..core.database import non_atomic_requests
from ..errors import LoginRefused
from ..login import enter
from . import answers
from .csrf import csrf_protect_in_json
from .inputs import LoginRequest, is_safe_url


# TikTok is asked while the request runs: a database transaction around all of it
# would hold rows, and on SQLite the whole file, for as long as TikTok takes. What must
# be stored together is one transaction of its own, further down.
#
# CSRF protection stands here although the middleware is the rule. Without either, a
# page of an attacker's could post the attacker's own code from a victim's browser, and
# the victim would go on, unaware, in the attacker's account.
@non_atomic_requests
@sensitive_post_parameters()
@never_cache
@login_not_required
@csrf_protect_in_json
def login_by_code(request: HttpRequest) -> JsonResponse:
    """Answer the page's script, which sends the code that TikTok gave it."""
    if request.method != "POST":
        return answers.method_not_allowed()
    try:
        with counts.refusals() as about:
            asked = LoginRequest.from_http(request)
            with concurrent_calls.place():
                provider = get_provider(request, asked.client_key)
                about.client_key = provider.app.client_id
                outcome = enter.run(request, provider, asked.code, asked.process)
    except LoginRefused as refusal:
        return answers.refused(refusal)
    if outcome.pending:
        return answers.pending(request, outcome)
    return answers.logged_in(request, outcome, next_url=asked.next_url)


@never_cache
@login_not_required
@csrf_protect_in_json
def logout(request: HttpRequest) -> JsonResponse:
    """Log the visitor out where HEADLESS_ONLY takes allauth's own page away."""
    if request.method != "POST":
        return answers.method_not_allowed()
    get_adapter().logout(request)
    return answers.logged_out(request)


@require_safe
@never_cache
@login_not_required
def login_page(request: HttpRequest) -> HttpResponse:
    """Show the login button, or with ``?process=connect`` the connect button.

    Also takes ``next``, honoured where allauth finds it safe, and ``client_key``.
    """
    if allauth_settings.HEADLESS_ONLY:
        raise Http404
    connecting = request.GET.get("process") == "connect"
    if connecting != request.user.is_authenticated:
        return _send_on(request, connecting=connecting)
    context = {
        "client_key": _client_key(request),
        "process": "connect" if connecting else "login",
        "next_url": _next_url(request, connecting=connecting),
    }
    return render(request, "ttminis_auth/login.html", context)


def _send_on(request: HttpRequest, *, connecting: bool) -> HttpResponse:
    if connecting:
        asked = {REDIRECT_FIELD_NAME: request.get_full_path()}
        return HttpResponseRedirect(reverse("account_login", query=asked))
    url = _asked_next(request) or get_adapter(request).get_login_redirect_url(request)
    # Django's ``redirect`` would take a text without a slash for the name of a URL.
    return HttpResponseRedirect(url)


def _client_key(request: HttpRequest) -> str:
    try:
        provider = get_provider(request, request.GET.get("client_key"))
    except LoginRefused as refusal:
        raise Http404(refusal.messages[0]) from refusal
    return str(provider.app.client_id)


def _next_url(request: HttpRequest, *, connecting: bool) -> str:
    """Return where the page goes afterwards.

    Without a ``next``, a login comes back here: where allauth's adapter sends a user
    can depend on the user, and for an anonymous one it refuses to say so.
    """
    otherwise = reverse("socialaccount_connections") if connecting else request.path
    return _asked_next(request) or otherwise


def _asked_next(request: HttpRequest) -> str | None:
    next_url = request.GET.get(REDIRECT_FIELD_NAME)
    return next_url if next_url and is_safe_url(request, next_url) else None
