"""Admin sites with allauth's tokens and apps: unmasked, masked, and a project's own."""

from allauth.socialaccount.admin import SocialAppAdmin, SocialTokenAdmin
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.sites import all_sites
from django.urls import include, path

from ttminis_auth.admin.hide_secrets import mask


class ProjectTokenAdmin(SocialTokenAdmin):
    """Show tokens in every way that a model admin offers."""

    list_display = ("app", "token", "peek", "token_secret", "app__secret", "expires_at")
    list_editable = ("token_secret", "expires_at")
    list_filter = ("token", ("token_secret", admin.AllValuesFieldListFilter), "app")
    search_fields = ("token", "=token_secret", "app__secret", "account__uid")
    readonly_fields = ("token_secret", "peek")
    save_as = True

    @admin.display(ordering="token")
    def peek(self, row):
        return f"begins with {row.token[:30]}"


class ProjectAppAdmin(SocialAppAdmin):
    list_display = ("name", "secret", "settings")
    list_editable = ("secret", "settings")
    search_fields = ("secret", "name")
    list_filter = ("secret",)
    ordering = ("name",)
    save_as = True


def new_site(name, app_admin, token_admin):
    site = AdminSite(name)
    site.register(SocialApp, app_admin)
    site.register(SocialToken, token_admin)
    return site


BARE = new_site("bare", SocialAppAdmin, SocialTokenAdmin)
STOCK = new_site("stock", SocialAppAdmin, SocialTokenAdmin)
PROJECT = new_site("project", ProjectAppAdmin, ProjectTokenAdmin)
mask(STOCK)
mask(PROJECT)
# Unmasked on purpose: hide it from the checks of other tests.
all_sites.discard(BARE)

urlpatterns = [
    path("admin/stock/", STOCK.urls),
    path("admin/project/", PROJECT.urls),
    # Outside of /admin/, where tests.admin.guard would raise.
    path("bare/", BARE.urls),
    path("", include("tests.urls")),
]
