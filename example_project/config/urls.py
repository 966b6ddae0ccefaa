from django.conf import settings
from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

urlpatterns = [
    path("", include("drama.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("admin/", admin.site.urls),
    path("hooks/tiktok/", include("ttminis_auth.webhooks.urls")),
    path("favicon.ico", lambda request: redirect(static("drama/icon.svg"))),
]

if settings.SIMULATED:
    urlpatterns += [
        path("game/", include("game.urls")),
        path("tiktok/", include("ttminis_auth.simulator.urls")),
    ]
