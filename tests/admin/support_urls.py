"""A project with admin sites of its own, and without Django's."""

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.urls import path

from ttminis_auth.admin import (
    DailyCountAdmin,
    IdentityAdmin,
    LinkingConflictAdmin,
    TikTokUserAdminMixin,
    WebhookDeliveryAdmin,
)
from ttminis_auth.models import DailyCount, Identity, LinkingConflict, WebhookDelivery


class TikTokUserAdmin(TikTokUserAdminMixin, UserAdmin):
    pass


support = AdminSite(name="support")
support.register(Identity, IdentityAdmin)
support.register(LinkingConflict, LinkingConflictAdmin)
support.register(WebhookDelivery, WebhookDeliveryAdmin)
support.register(DailyCount, DailyCountAdmin)
support.register(get_user_model(), TikTokUserAdmin)

# Has everything but the identities.
small = AdminSite(name="small")
small.register(LinkingConflict, LinkingConflictAdmin)
small.register(WebhookDelivery, WebhookDeliveryAdmin)
small.register(DailyCount, DailyCountAdmin)
small.register(get_user_model(), TikTokUserAdmin)

urlpatterns = [
    path("admin/support/", support.urls),
    path("admin/small/", small.urls),
]
