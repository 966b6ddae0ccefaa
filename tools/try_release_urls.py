"""The addresses of the site that ``try_release`` makes up."""

from django.urls import include, path

urlpatterns = [path("accounts/", include("allauth.urls"))]
