"""The three ways in, side by side, as a project would mount them."""

from allauth.socialaccount.providers.oauth2.views import (
    OAuth2CallbackView,
    OAuth2LoginView,
)
from allauth.socialaccount.providers.tiktok.views import TikTokOAuth2Adapter
from django.urls import include, path

from . import bare, settings


class SimulatedTikTok(TikTokOAuth2Adapter):
    """allauth's adapter as it is, but for the addresses that it asks."""

    access_token_url = f"{settings.BASE_URL}/v2/oauth/token/"
    profile_url = f"{settings.BASE_URL}/v2/user/info/"


tiktok = [
    path("login/", OAuth2LoginView.adapter_view(SimulatedTikTok)),
    path("login/callback/", OAuth2CallbackView.adapter_view(SimulatedTikTok)),
]

urlpatterns = [
    path("bare/login/", bare.login),
    # Before allauth's own URLs, which have the same paths and keep the names.
    path("accounts/tiktok/", include(tiktok)),
    path("accounts/", include("allauth.urls")),
    path("social/", include("social_django.urls")),
]
