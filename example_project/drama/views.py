import json
from dataclasses import asdict
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from drama import progress, viewers
from drama.episodes import BY_NUMBER, EPISODES


@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show the drama. Anonymous visitors watch too; the page logs them in silently."""
    context = {
        "episodes": EPISODES,
        "drama": {
            "episodes": [asdict(episode) for episode in EPISODES],
            "viewer": viewers.describe(request),
        },
    }
    return render(request, "drama/index.html", context)


@never_cache
@require_GET
def viewer(request: HttpRequest) -> JsonResponse:
    """Say who is watching; the page asks after each login and logout."""
    return JsonResponse(viewers.describe(request))


@never_cache
@require_POST
def save_progress(request: HttpRequest) -> HttpResponse:
    """Keep ``{"viewer", "episode", "seconds"}``.

    The page names the viewer it is showing, because a report that was under way
    while somebody else logged in must not land in their account: 409.
    """
    try:
        body = json.loads(request.body)
        episode, seconds = BY_NUMBER[body["episode"]], float(body["seconds"])
        claimed = body["viewer"]
    except (KeyError, TypeError, ValueError):
        return JsonResponse({"error": "invalid_request"}, status=400)
    if claimed != viewers.describe(request)["id"]:
        return JsonResponse({"error": "other_viewer"}, status=409)
    if not 0 <= seconds <= episode.length:
        return JsonResponse({"error": "invalid_request"}, status=400)
    progress.remember(request, episode.number, round(seconds, 1))
    return HttpResponse(status=204)


@never_cache
@require_GET
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Show the account and what is connected to it."""
    return render(request, "drama/me.html", _account(request))


@never_cache
@require_GET
@login_required
def connected(request: HttpRequest) -> HttpResponse:
    """Render the part of ``me`` that a connect changes."""
    return render(request, "drama/_connected.html", _account(request))


def _account(request: HttpRequest) -> dict[str, Any]:
    accounts = SocialAccount.objects.filter(user=request.user.pk)
    return {"viewer": viewers.describe(request), "accounts": accounts}
