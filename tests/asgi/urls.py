"""The project's URLs, and asynchronous views of a site's own."""

from __future__ import annotations

from django.contrib.auth import aauthenticate
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.urls import urlpatterns as project_urlpatterns
from ttminis_auth import tokens
from ttminis_auth.models import Identity


async def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("well")


@csrf_exempt
async def own_login(request: HttpRequest) -> JsonResponse:
    """Log in without a session, as an API does."""
    user = await aauthenticate(request, ttminis_code=request.POST["code"])
    return JsonResponse({"user": user and user.pk}, status=200 if user else 401)


async def own_token(request: HttpRequest, open_id: str) -> JsonResponse:
    identity = await Identity.objects.aget(open_id=open_id)
    token = await tokens.aaccess_token(identity)
    return JsonResponse({"length": len(token)})


urlpatterns = [
    path("health/", health),
    path("own/login/", own_login),
    path("own/token/<open_id>/", own_token),
    *project_urlpatterns,
]
