"""Where Django admin comes in: what is looked at, what is done, and what is hidden.

identity_admin, conflict_admin, delivery_admin, overview_admin   the pages
user_admin                                the same identities, on a user's page
object_actions, action_pages              how an action is offered and done
link_actions, token_actions               what can be done to an identity
large_tables, dates, columns              how rows are shown, be it a million
hide_secrets, protect_accounts            allauth's pages: no secrets, no detours
base                                      Django's classes, or a theme's
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
from .identity_admin import IdentityAdmin
from .overview_admin import DailyCountAdmin
from .protect_accounts import GuardedSocialAccountMixin, GuardedSocialAppMixin, guard
from .user_admin import TikTokIdentityInline, TikTokUserAdminMixin, show_identities

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
