from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("drama.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("hooks/tiktok/", include("ttminis_auth.webhooks.urls")),
    path("favicon.ico", RedirectView.as_view(url=static("drama/icon.svg"))),
]

if settings.SIMULATED:
    urlpatterns += [
        path("game/", include("game.urls")),
        path("tiktok/", include("ttminis_auth.simulator.urls")),
    ]
