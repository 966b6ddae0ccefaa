"""Mounted by allauth in place of its own, under the same names."""

from __future__ import annotations

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from .provider import TikTokWebProvider

urlpatterns = default_urlpatterns(TikTokWebProvider)
