"""The project's addresses, one of the example's, and one that hands out a cookie."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from example_project.drama.plain_api import me
from tests.urls import urlpatterns as project_urlpatterns


def bait(request: HttpRequest) -> HttpResponse:
    """Set a cookie that asks to be sent from everywhere."""
    response = HttpResponse("<link rel='icon' href='data:,'>")
    response.set_cookie("bait", "1", secure=True, samesite="None")
    return response


urlpatterns = [
    path("bait/", bait),
    path("api/me/", me),
    *project_urlpatterns,
]
