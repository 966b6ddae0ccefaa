"""An admin site and an importer of a project, without this package's protection."""

from allauth.socialaccount.admin import SocialAppAdmin
from allauth.socialaccount.models import SocialApp
from django.contrib.admin import AdminSite
from django.contrib.admin.sites import all_sites
from django.http import HttpResponse
from django.urls import include, path


class OwnAppAdmin(SocialAppAdmin):
    list_display = ("name", "provider_id", "secret")
    list_editable = ("provider_id", "secret")


OWN = AdminSite("own")
OWN.register(SocialApp, OwnAppAdmin)
# Unprotected on purpose: hide it from the checks of other tests.
all_sites.discard(OWN)


def import_rows(request):
    """Save a row by itself, as an importer does."""
    SocialApp(provider="openid_connect", provider_id="ttminis", client_id="x").save()
    return HttpResponse()


urlpatterns = [
    path("own/", OWN.urls),
    path("import/", import_rows),
    path("", include("tests.urls")),
]
