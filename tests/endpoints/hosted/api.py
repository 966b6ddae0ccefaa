"""A project's own API, which a TikTok-hosted page calls with its session token."""

from __future__ import annotations

from typing import Any

from allauth.headless.contrib.ninja.security import (
    jwt_token_auth,
    x_session_token_auth,
)
from allauth.headless.contrib.rest_framework.authentication import (
    JWTTokenAuthentication,
    XSessionTokenAuthentication,
)
from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

ninja = NinjaAPI(urls_namespace="api", docs_url=None, openapi_url=None)


class Me(APIView):
    authentication_classes = [XSessionTokenAuthentication]
    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer]

    def get(self, request: Request) -> Response:
        return Response({"id": request.user.pk})


class MeByJWT(Me):
    authentication_classes = [JWTTokenAuthentication]


@ninja.get("/session", auth=x_session_token_auth)
def by_session(request: Any) -> dict[str, Any]:
    return {"id": request.auth.pk}


@ninja.get("/jwt", auth=jwt_token_auth)
def by_jwt(request: HttpRequest) -> dict[str, Any]:
    return {"id": request.user.pk}


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("public")


urlpatterns = [
    path("drf/session", Me.as_view()),
    path("drf/jwt", MeByJWT.as_view()),
    path("ninja/", ninja.urls),
    path("plain", plain),
]
