"""The test project's URLs as HEADLESS_ONLY leaves them: without allauth's pages."""

from django.urls import include, path

from ttminis_auth import urls as ttminis_urls
from ttminis_auth.endpoints import views

urlpatterns = [
    path("accounts/", include(ttminis_urls)),
    path("accounts/ttminis/logout/", views.logout, name="ttminis_logout"),
    path("_allauth/", include("allauth.headless.urls")),
    path("hooks/tiktok/", include("ttminis_auth.webhooks.urls")),
]
