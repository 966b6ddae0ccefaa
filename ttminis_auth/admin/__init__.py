"""Where Django admin comes in: what is looked at, what is done, and what is masked.

identities/, conflicts, deliveries, overview/   the pages
users                                           the same people, on a user's page
acting/                                         how an action is offered and done
lists/, columns, people, links                  how rows are shown, be it a million
masking/, guarding, mixing                      allauth's pages: no secrets, no detours
base                                            Django's classes, or a theme's
"""

from __future__ import annotations

from django.contrib import admin

from ..conf import conf
from ..models import DailyCount, Identity, LinkingConflict, WebhookDelivery
from .conflicts import LinkingConflictAdmin
from .deliveries import WebhookDeliveryAdmin
from .guarding import GuardedSocialAccountMixin, GuardedSocialAppMixin, guard
from .identities.pages import IdentityAdmin
from .masking.pages import (
    MaskedSocialAppMixin,
    MaskedSocialTokenMixin,
    MaskedUserSessionMixin,
    mask,
)
from .overview.pages import DailyCountAdmin
from .users import TikTokIdentityInline, TikTokUserAdminMixin, show_identities

__all__ = [
    "DailyCountAdmin",
    "GuardedSocialAccountMixin",
    "GuardedSocialAppMixin",
    "IdentityAdmin",
    "LinkingConflictAdmin",
    "MaskedSocialAppMixin",
    "MaskedSocialTokenMixin",
    "MaskedUserSessionMixin",
    "TikTokIdentityInline",
    "TikTokUserAdminMixin",
    "WebhookDeliveryAdmin",
]

admin.site.register(DailyCount, DailyCountAdmin)
admin.site.register(Identity, IdentityAdmin)
admin.site.register(LinkingConflict, LinkingConflictAdmin)
admin.site.register(WebhookDelivery, WebhookDeliveryAdmin)
show_identities(admin.site)
if conf.TTMINIS_ADMIN_MASK_SECRETS:
    mask(admin.site)
if conf.TTMINIS_ADMIN_GUARD_ACCOUNTS:
    guard(admin.site)
