"""A project that includes allauth's pages, and not its headless endpoints."""

from django.urls import include, path

urlpatterns = [path("accounts/", include("allauth.urls"))]
