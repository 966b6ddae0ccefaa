"""The project's URLs, and the health page that its host would write."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ..urls import urlpatterns as project_urlpatterns


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("well")


async def ahealth(request: HttpRequest) -> HttpResponse:
    return HttpResponse("well")


urlpatterns: list[Any] = [
    path("health/", health),
    path("ahealth/", ahealth),
    *project_urlpatterns,
]
