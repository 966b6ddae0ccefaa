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


class People(TikTokUserAdminMixin, UserAdmin):
    pass


desk = AdminSite(name="desk")
desk.register(Identity, IdentityAdmin)
desk.register(LinkingConflict, LinkingConflictAdmin)
desk.register(WebhookDelivery, WebhookDeliveryAdmin)
desk.register(DailyCount, DailyCountAdmin)
desk.register(get_user_model(), People)

# Has everything but the people.
corner = AdminSite(name="corner")
corner.register(LinkingConflict, LinkingConflictAdmin)
corner.register(WebhookDelivery, WebhookDeliveryAdmin)
corner.register(DailyCount, DailyCountAdmin)
corner.register(get_user_model(), People)

urlpatterns = [path("admin/desk/", desk.urls), path("admin/corner/", corner.urls)]
