import json
from dataclasses import asdict
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from drama import health, progress, viewers
from drama.episodes import BY_NUMBER, EPISODES
from drama.polling import polled
from ttminis_auth.models import Identity


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
def board(request: HttpRequest) -> HttpResponse:
    """Show the departure board, which TikTok can host too: docs/how-to/hosting.rst.

    ``manage.py demo`` exports the same template. The exported page does not use this
    view, so its script fetches all that depends on the viewer.
    """
    return render(request, "drama/board.html", board_context())


def board_context() -> dict[str, Any]:
    """Return the context of the board's template, for this view and for the export."""
    return {
        "client_key": settings.CLIENT_KEY,
        "episodes": [asdict(episode) for episode in EPISODES],
    }


@polled
def viewer(request: HttpRequest) -> JsonResponse:
    """Describe the viewer; the page asks after each login and logout."""
    return JsonResponse(viewers.describe(request))


@polled
def here(request: HttpRequest) -> JsonResponse:
    """Return the id of the user, for open pages that ask every few seconds."""
    return JsonResponse({"viewer": _viewer_id(request)})


@never_cache
@require_POST
def save_progress(request: HttpRequest) -> HttpResponse:
    """Store ``{"viewer", "episode", "seconds"}``.

    The page names the viewer that it shows. If another user has logged in meanwhile,
    the report must not be stored for that user: 409.
    """
    try:
        body = json.loads(request.body)
        episode, seconds = BY_NUMBER[body["episode"]], float(body["seconds"])
        claimed = body["viewer"]
    except (KeyError, TypeError, ValueError):
        return JsonResponse({"error": "invalid_request"}, status=400)
    if claimed != _viewer_id(request):
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
    return render(request, "drama/_connected.html", {"accounts": _accounts(request)})


@polled
def tokens(request: HttpRequest) -> JsonResponse:
    """Return the state of the tokens, for the page that ``me`` has rendered.

    After the session has ended, the answer is a 200 without a viewer. A 401 would make
    the page's script log in silently.
    """
    return JsonResponse(
        {"viewer": _viewer_id(request), "accounts": health.of_user(request.user)}
    )


@never_cache
@require_POST
def use_token(request: HttpRequest, pk: int) -> JsonResponse:
    """Use a token of the viewer, and return the outcome."""
    theirs = Identity.objects.filter(account__user=request.user.pk)
    return JsonResponse(health.use(get_object_or_404(theirs, pk=pk)))


def _viewer_id(request: HttpRequest) -> str | None:
    return str(request.user.pk) if request.user.is_authenticated else None


def _account(request: HttpRequest) -> dict[str, Any]:
    return {"viewer": viewers.describe(request), "accounts": _accounts(request)}


def _accounts(request: HttpRequest) -> list[SocialAccount]:
    accounts = SocialAccount.objects.filter(user=request.user.pk)
    return list(accounts.select_related("ttminis_identity").order_by("pk"))
