"""The addresses of the site, and of what the neighbour brings."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import authenticate
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def own_login(request: HttpRequest) -> JsonResponse:
    """Log in as a project's own view does, with a code in a form."""
    user = authenticate(request, ttminis_code=request.POST["code"])
    return JsonResponse({"user": user and user.pk}, status=200 if user else 401)


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("hooks/tiktok/", include("ttminis_auth.webhooks.urls")),
    path("admin/", admin.site.urls),
    path("own/login/", own_login),
]
if apps.is_installed("oauth2_provider"):
    urlpatterns += [path("o/", include("oauth2_provider.urls"))]
if apps.is_installed("rest_framework"):
    from neighbours.api import Me

    urlpatterns += [path("api/me/", Me.as_view())]
