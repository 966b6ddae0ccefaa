"""Take a code from a TikTok-hosted page, and answer with a session token."""

from __future__ import annotations

import json
from types import SimpleNamespace

from allauth.headless import app_settings
from allauth.headless.base.response import (
    AuthenticationResponse,
    ReauthenticationResponse,
)
from allauth.headless.base.views import APIView
from allauth.headless.constants import Client
from allauth.socialaccount.providers.base import Provider
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.base import UpdateError
from django.db import DataError, InternalError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from ..core import concurrent_calls, counts
from ..core.client_apps import get_provider
from ..core.database import non_atomic_requests
from ..errors import LoginRefused
from ..login import enter
from ..login.enter import Outcome
from . import answers, origins
from .inputs import LoginRequest

# As much as a browser takes for a cookie: longer tokens were never given out.
_TOKEN_MAX_LENGTH = 4096

# Django's UpdateError stands for a session that is gone, and for these as well.
_TROUBLE = (DataError, InternalError, OperationalError, ProgrammingError)


class EnterView(APIView):
    """Act on a well-formed request of our own page, in the session of its header.

    allauth puts that session, or a new one, in the place of the cookie's: the user of
    the browser's cookies takes no part in this, and no cookie is set.
    """

    handle_json_input = False

    def post(
        self, request: HttpRequest, *, asked: LoginRequest, provider: Provider
    ) -> JsonResponse:
        try:
            with counts.refusals(provider.app.client_id):
                outcome = enter.run(request, provider, asked.code, asked.process)
        except LoginRefused as refusal:
            return answers.refused(refusal)
        return _entered(request, outcome, asked.next_url)


_enter = EnterView.as_api_view(client=Client.APP)


# No csrf_protect here: there is no cookie that could act for a visitor. In its place
# stands the origin. A stranger's page could otherwise log its visitors in to us with
# codes of its own making, and no state of the SDK's would show it.
@non_atomic_requests
@sensitive_post_parameters()
@never_cache
@login_not_required
@csrf_exempt
def app_code(request: HttpRequest) -> HttpResponseBase:
    """Answer the script of a bundle, which sends the code that TikTok gave it."""
    if request.method != "POST":
        return answers.method_not_allowed()
    try:
        with counts.refusals() as about:
            asked = LoginRequest.from_json(request)
            with concurrent_calls.place():
                return _answer(request, asked, about)
    except LoginRefused as refusal:
        return answers.refused(refusal)


def _answer(
    request: HttpRequest, asked: LoginRequest, about: SimpleNamespace
) -> HttpResponseBase:
    provider = get_provider(request, asked.client_key)
    about.client_key = provider.app.client_id
    origins.require_own(request, about.client_key)
    if not _is_plausible(request.headers.get("X-Session-Token", "")):
        return _session_is_gone()
    of_the_cookie = request.user, request.session
    try:
        return _enter(request, asked=asked, provider=provider)
    except UpdateError as error:
        # Another request ended the session while we worked in it. allauth stumbles over
        # that before it has put back what belongs to the cookie, and Django would then
        # try to save the dead session, and hand it out as a cookie.
        request.user, request.session = of_the_cookie
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
        if isinstance(error.__context__, _TROUBLE):
            raise
        return _session_is_gone()


def _is_plausible(token: str) -> bool:
    # PostgreSQL refuses a text with a null byte by raising, so ask before it does.
    short = len(token) <= _TOKEN_MAX_LENGTH
    return short and token.isascii() and token.isprintable()


def _session_is_gone() -> JsonResponse:
    """Answer 410, as allauth does to the token of a session that is no more."""
    content = {"status": 410, "data": {}, "meta": {"is_authenticated": False}}
    return JsonResponse(content, status=410)


def _entered(
    request: HttpRequest, outcome: Outcome, next_url: str | None
) -> JsonResponse:
    """Answer as allauth.headless does, session token included, and add our part.

    What is pending goes on at allauth's own headless endpoints, with that token.
    """
    if outcome.pending and request.user.is_authenticated:
        return ReauthenticationResponse(request)
    response = AuthenticationResponse(request)
    if outcome.pending:
        return response
    content = json.loads(response.content)
    content["data"]["ttminis"] = answers.ttminis(outcome)
    # allauth gives one to a new user of the session only, and with it a token to renew
    # it. A page that was loaded again has that, and an outdated one of these.
    token = app_settings.TOKEN_STRATEGY.create_access_token(request)
    if token and "access_token" not in content["meta"]:
        content["meta"]["access_token"] = token
    if next_url:
        content["meta"]["next"] = next_url
    response.content = json.dumps(content).encode()
    return response
