from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("tests.endpoints.hosted.api")),
    path("tiktok/", include("ttminis_auth.simulator.urls")),
    path("hooks/tiktok/", include("ttminis_auth.webhooks.urls")),
]
