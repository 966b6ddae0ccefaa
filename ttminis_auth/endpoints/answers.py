"""The JSON that a page gets, in the shape of allauth's headless answers."""

from __future__ import annotations

from typing import cast

from allauth import app_settings as allauth_settings
from allauth.account.utils import user_display, user_username
from allauth.headless.adapter import get_adapter
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _

from .. import identity
from ..core import counts
from ..errors import CSRFFailed, LoginRefused
from ..login.enter import Outcome


def logged_in(
    request: HttpRequest, outcome: Outcome, *, next_url: str | None
) -> JsonResponse:
    """Answer 200: who it is, what TikTok granted, and where to go if asked."""
    # Django renewed the CSRF token with the login, so the page needs the new one.
    meta = _meta(request)
    if next_url:
        meta["next"] = next_url
    data = {
        "user": _user(outcome.user),
        "ttminis": ttminis(outcome),
    }
    return _answer(200, data=data, meta=meta)


def logged_out(request: HttpRequest) -> JsonResponse:
    """Answer 200, with the CSRF token of the session that begins now."""
    return _answer(200, meta=_meta(request))


def pending(request: HttpRequest, outcome: Outcome) -> JsonResponse:
    """Answer 401 with the steps that remain, under allauth's names."""
    steps = [
        {"id": flow.id, "is_pending": True} | ({"url": flow.url} if flow.url else {})
        for flow in outcome.pending
    ]
    meta = {"is_authenticated": request.user.is_authenticated}
    return _answer(401, data={"flows": steps}, meta=meta)


def csrf_failed(request: HttpRequest, *, with_token: bool) -> JsonResponse:
    """Answer 403, and on demand with the token that would have been right."""
    refusal = CSRFFailed()
    counts.refused(refusal)
    return refused(refusal, meta=_meta(request) if with_token else None)


def refused(
    refusal: LoginRefused, *, meta: dict[str, object] | None = None
) -> JsonResponse:
    """Answer with the refusal's code, and with when to come back where known."""
    if own := getattr(refusal, "response", None):
        return cast("JsonResponse", own)
    content = {"errors": refusal.errors()} | ({"meta": meta} if meta else {})
    response = _answer(refusal.status, **content)
    if retry_after := getattr(refusal, "retry_after", None):
        response["Retry-After"] = str(retry_after)
        # A page on another origin reads no other header than those named here.
        response["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def method_not_allowed() -> JsonResponse:
    """Answer 405: a code in an address would end up in logs and histories."""
    error = {"code": "invalid_request", "message": _("Send a POST request.")}
    response = _answer(405, errors=[error])
    response["Allow"] = "POST"
    return response


def _meta(request: HttpRequest) -> dict[str, object]:
    return {
        "is_authenticated": request.user.is_authenticated,
        "csrf_token": get_token(request),
    }


def _user(user: User) -> dict[str, object]:
    """Return allauth's user data; without its headless app, the part that is free.

    A project with that app may have an adapter that adds to the data. The e-mail
    address, which users from TikTok do not have, would cost each login a statement.
    """
    if allauth_settings.HEADLESS_ENABLED:
        return get_adapter().serialize_user(user)
    return {
        "id": user.pk if isinstance(user.pk, int) else str(user.pk),
        "display": user_display(user),
        "has_usable_password": user.has_usable_password(),
        "username": user_username(user),
    }


def ttminis(outcome: Outcome) -> dict[str, object]:
    """Return what TikTok's part of a login was."""
    return {
        "client_key": outcome.client_key,
        "open_id": outcome.account.uid,
        "scopes": list(outcome.scopes),
        "created": outcome.created,
        "profile": identity.profile(outcome.account.extra_data),
        "profile_pending": outcome.profile_pending,
    }


def _answer(status: int, **content: object) -> JsonResponse:
    return JsonResponse({"status": status, **content}, status=status)
