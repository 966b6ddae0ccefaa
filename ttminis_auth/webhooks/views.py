"""Verify, record, and say no more than yes or no."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ..conf import conf
from ..core.bodies import body_of
from ..core.client_apps import secrets_of
from ..core.database import non_atomic_requests
from ..tiktok import signature
from ..tiktok.answers import parsed
from ..tiktok.errors import SignatureRefused
from ..tiktok.types import WebhookEvent
from . import handlers

# TikTok's events have a few hundred characters.
MAX_BODY = 64 * 1024

logger = logging.getLogger("ttminis_auth")


# No transaction around all of it: what is recorded has to last, whatever becomes of it.
@non_atomic_requests
@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Answer 200 for what TikTok signed, and 400, without a reason, for anything else.

    A 200 means that the event is recorded, not that anything came of it: TikTok would
    send an event that we cannot handle again and again. Where not even the record
    succeeds, because the database is away, the error is left to be a 500, and TikTok
    tries for 72 hours (webhooks-overview).
    """
    try:
        event = _verified(request)
    except SignatureRefused as refusal:
        logger.info("A webhook was refused: %s", refusal.reason)
        return HttpResponseBadRequest()
    handlers.receive(event)
    return HttpResponse()


@sensitive_variables("secrets")
def _verified(request: HttpRequest) -> WebhookEvent:
    body = body_of(request, MAX_BODY)
    if body is None:
        raise SignatureRefused("the body is too long")
    # Until the signature is found good, this is read for one thing only: the app whose
    # secret to try. What is no JSON takes the same way, and finds none.
    said = parsed(body) or {}
    secrets = secrets_of(said.get("client_key"))
    signed_at = signature.verify(
        request.headers.get(signature.HEADER, ""),
        body,
        secrets,
        now=timezone.now(),
        tolerance=conf.TTMINIS_WEBHOOK_TOLERANCE,
    )
    return WebhookEvent.from_json(said, signed_at=signed_at)
