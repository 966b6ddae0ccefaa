import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from drama import viewers
from drama.polling import polled

from game.models import Punch
from game.quiz import BY_STOP, QUESTIONS


@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show the ticket and the inspector's questions."""
    context = {
        "game_client_key": settings.GAME_CLIENT_KEY,
        "questions": QUESTIONS,
        "viewer": describe(request),
    }
    return render(request, "game/index.html", context)


@polled
def viewer(request: HttpRequest) -> JsonResponse:
    """Describe the viewer; the page asks after each login, consent and logout."""
    return JsonResponse(describe(request))


@never_cache
@require_POST
def answer(request: HttpRequest) -> JsonResponse:
    """Check ``{"viewer", "stop", "answer"}``, and punch the ticket if it is right.

    The page names the viewer that it shows, as in the drama. An anonymous visitor has
    no ticket: the 401 makes the page's script log in and send the answer again.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"error": "login_required"}, status=401)
    try:
        body = json.loads(request.body)
        question, given = BY_STOP[body["stop"]], body["answer"]
        claimed = body["viewer"]
    except (KeyError, TypeError, ValueError):
        return JsonResponse({"error": "invalid_request"}, status=400)
    if claimed != str(request.user.pk):
        return JsonResponse({"error": "other_viewer"}, status=409)
    if given == question.right:
        Punch.objects.get_or_create(user=request.user, stop=question.stop)
    return JsonResponse({"right": given == question.right})


def describe(request: HttpRequest) -> dict[str, Any]:
    """Return the drama's description of the user, and the user's ticket."""
    punches = Punch.objects.filter(user=request.user.pk)
    punched = list(punches.values_list("stop", flat=True))
    return {**viewers.describe(request), "punched": punched}
