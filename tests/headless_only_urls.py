"""Addresses where ``HEADLESS_ONLY`` is set from the start: none of allauth's pages."""

from importlib.util import module_from_spec, spec_from_file_location

from django.test import override_settings
from django.urls import include, path

from ttminis_auth import urls

# We read the setting when the process starts, which was without it.
_spec = spec_from_file_location("ttminis_auth.urls_of_a_headless_site", urls.__file__)
_ours = module_from_spec(_spec)
with override_settings(HEADLESS_ONLY=True):
    _spec.loader.exec_module(_ours)

urlpatterns = [
    path("accounts/", include(_ours.urlpatterns)),
    path("_allauth/", include("allauth.headless.urls")),
    path("hooks/tiktok/", include("ttminis_auth.webhooks.urls")),
]
