"""URLs that use a static file while they are being imported."""

from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView

from tests.urls import urlpatterns as project_urlpatterns

ICON = static("drama/icon.svg")

urlpatterns = [
    path("favicon.ico", RedirectView.as_view(url=ICON)),
    *project_urlpatterns,
]
