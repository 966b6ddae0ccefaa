"""Where Django admin comes in: what is looked at and what is done.

identities/, conflicts, deliveries              the pages
users                                           the same people, on a user's page
acting/                                         how an action is offered and done
lists/, columns, people, links                  how rows are shown, be it a million
base                                            Django's classes, or a theme's
"""

from __future__ import annotations

from django.contrib import admin

from ..models import Identity, LinkingConflict, WebhookDelivery
from .conflicts import LinkingConflictAdmin
from .deliveries import WebhookDeliveryAdmin
from .identities.pages import IdentityAdmin
from .users import TikTokIdentityInline, TikTokUserAdminMixin, show_identities

__all__ = [
    "IdentityAdmin",
    "LinkingConflictAdmin",
    "TikTokIdentityInline",
    "TikTokUserAdminMixin",
    "WebhookDeliveryAdmin",
]

admin.site.register(Identity, IdentityAdmin)
admin.site.register(LinkingConflict, LinkingConflictAdmin)
admin.site.register(WebhookDelivery, WebhookDeliveryAdmin)
show_identities(admin.site)
