"""Where Django admin comes in: what is looked at, what is done, and what is hidden.

identity_admin, conflict_admin, delivery_admin, overview_admin   the pages
object_actions, action_pages, link_actions, token_actions        what can be done
hide_secrets, protect_accounts                                   allauth's pages
"""

from __future__ import annotations

from django.contrib import admin

from ..conf import conf
from ..models import DailyCount, Identity, LinkingConflict, WebhookDelivery
from .conflict_admin import LinkingConflictAdmin
from .delivery_admin import WebhookDeliveryAdmin
from .hide_secrets import (
    MaskedSocialAppMixin,
    MaskedSocialTokenMixin,
    MaskedUserSessionMixin,
    mask,
)
from .identity_admin import (
    IdentityAdmin,
    TikTokIdentityInline,
    TikTokUserAdminMixin,
    show_identities,
)
from .overview_admin import DailyCountAdmin
from .protect_accounts import GuardedSocialAccountMixin, GuardedSocialAppMixin, guard

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
