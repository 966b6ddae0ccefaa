"""A project with allauth's page for those who have nothing but a security key."""

from allauth.mfa.webauthn.views import reauthenticate_webauthn
from django.urls import include, path

urlpatterns = [
    path("key/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("", include("tests.urls")),
]
